// Verifies checkpoints and proofs with sumdb/note and sumdb/tlog: what an outsider has who knows nothing of countersign.
//
// usage: interop FOLDER
//
//	keys/*.vkey                verifier keys; each must parse
//	leaves                     the exact lines of the log, one a line
//	notes/*.note               signed checkpoints: origin, size, root
//	inclusion.jsonl            {"size":…,"index":…,"path":[base64…]}
//	consistency.jsonl          {"from":…,"to":…,"path":[base64…]}
//	proofs/*.tlog-proof        C2SP tlog-proof, the line as extra data
//
// Everything must verify, and no changed copy of anything may. The first thing that is otherwise ends it with 1; the
// numbers of what was tried are printed as JSON.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type counts struct {
	Keys        int `json:"keys"`
	Leaves      int `json:"leaves"`
	Notes       int `json:"notes"`
	Inclusion   int `json:"inclusion"`
	Consistency int `json:"consistency"`
	Proofs      int `json:"proofs"`
	Rejected    int `json:"rejected"`
}

type checker struct {
	folder    string
	verifiers []note.Verifier
	hashes    []tlog.Hash
	leaves    []tlog.Hash
	seen      counts
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: interop FOLDER")
		os.Exit(2)
	}
	c := &checker{folder: os.Args[1]}
	for _, step := range []func() error{c.keys, c.lines, c.notes, c.inclusions, c.consistencies, c.receipts} {
		if err := step(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(c.seen); err != nil {
		os.Exit(1)
	}
}

// refused counts a changed copy that was refused, and fails for one that was not.
func (c *checker) refused(err error, what string, args ...any) error {
	if err == nil {
		return fmt.Errorf("accepted although it was changed: "+what, args...)
	}
	c.seen.Rejected++
	return nil
}

func (c *checker) keys() error {
	return c.each("keys", ".vkey", func(name string, text []byte) error {
		vkey := strings.TrimSuffix(string(text), "\n")
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		c.verifiers = append(c.verifiers, verifier)
		c.seen.Keys++
		// The id belongs to name and key: no part can be exchanged.
		_, err = note.NewVerifier("x" + vkey)
		return c.refused(err, "%s under another name", name)
	})
}

func (c *checker) lines() error {
	file, err := os.Open(filepath.Join(c.folder, "leaves"))
	if err != nil {
		return err
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		added, err := tlog.StoredHashes(int64(c.seen.Leaves), scanner.Bytes(), c.reader())
		if err != nil {
			return err
		}
		c.hashes = append(c.hashes, added...)
		c.leaves = append(c.leaves, tlog.RecordHash(scanner.Bytes()))
		c.seen.Leaves++
	}
	return scanner.Err()
}

func (c *checker) reader() tlog.HashReaderFunc {
	return func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			if index >= int64(len(c.hashes)) {
				return nil, errors.New("there is no such hash")
			}
			found[i] = c.hashes[index]
		}
		return found, nil
	}
}

func (c *checker) root(size int64) (tlog.Hash, error) {
	return tlog.TreeHash(size, c.reader())
}

func (c *checker) notes() error {
	return c.each("notes", ".note", func(name string, text []byte) error {
		if err := c.checkpoint(name, text); err != nil {
			return err
		}
		c.seen.Notes++
		return nil
	})
}

// checkpoint opens a note, compares its root with Go's own, and tries changed copies.
func (c *checker) checkpoint(name string, text []byte) error {
	opened, err := note.Open(text, note.VerifierList(c.verifiers...))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	size, root, err := c.said(opened.Text)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	own, err := c.root(size)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if own != root {
		return fmt.Errorf("%s: its root is %v, Go's is %v", name, root, own)
	}
	if size > 0 {
		other, err := c.root(size - 1)
		if err != nil {
			return err
		}
		if other == root {
			return fmt.Errorf("%s: it has the root of a smaller tree", name)
		}
	}
	return c.changedNotes(name, text, opened)
}

func (c *checker) said(text string) (int64, tlog.Hash, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return 0, tlog.Hash{}, errors.New("it is not a checkpoint of three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return 0, tlog.Hash{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return size, root, err
}

func (c *checker) changedNotes(name string, text []byte, opened *note.Note) error {
	all := note.VerifierList(c.verifiers...)
	for at := range text {
		changed := slices.Clone(text)
		changed[at] ^= 1
		again, err := note.Open(changed, all)
		// The last character of base64 has bits that Go does not read: the same signature in another spelling.
		if err == nil && again.Text == opened.Text && sameBytes(again.Sigs[0].Base64, opened.Sigs[0].Base64) {
			continue
		}
		if err := c.refused(err, "%s, byte %d", name, at); err != nil {
			return err
		}
	}
	signed := opened.Sigs[0]
	others := slices.DeleteFunc(slices.Clone(c.verifiers), func(v note.Verifier) bool {
		return v.Name() == signed.Name && v.KeyHash() == signed.Hash
	})
	_, err := note.Open(text, note.VerifierList(others...))
	return c.refused(err, "%s, without its key", name)
}

func sameBytes(one, other string) bool {
	a, errA := base64.StdEncoding.DecodeString(one)
	b, errB := base64.StdEncoding.DecodeString(other)
	return errA == nil && errB == nil && slices.Equal(a, b)
}

func hashesOf(texts []string) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(texts))
	for i, text := range texts {
		hash, err := tlog.ParseHash(text)
		if err != nil {
			return nil, err
		}
		hashes[i] = hash
	}
	return hashes, nil
}

func (c *checker) each(folder, ending string, visit func(name string, text []byte) error) error {
	names, err := filepath.Glob(filepath.Join(c.folder, folder, "*"+ending))
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := visit(filepath.Base(name), text); err != nil {
			return err
		}
	}
	return nil
}

func eachLine[T any](path string, visit func(one T) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	decoder := json.NewDecoder(file)
	for decoder.More() {
		var one T
		if err := decoder.Decode(&one); err != nil {
			return err
		}
		if err := visit(one); err != nil {
			return err
		}
	}
	return nil
}
