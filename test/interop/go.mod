// Go's own implementation of signed notes and transparent logs, against which ours is held.
module countersign.invalid/interop

go 1.25.0

require golang.org/x/mod v0.37.0
