// Proofs: of a leaf, of one tree being the beginning of another, and of both in one file; each with its changed copies.
package main

import (
	"encoding/base64"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

type inclusion struct {
	Size  int64    `json:"size"`
	Index int64    `json:"index"`
	Path  []string `json:"path"`
}

func (c *checker) inclusions() error {
	return eachLine(filepath.Join(c.folder, "inclusion.jsonl"), func(one inclusion) error {
		path, err := hashesOf(one.Path)
		if err != nil {
			return err
		}
		if err := c.included(one.Size, one.Index, path); err != nil {
			return err
		}
		c.seen.Inclusion++
		return nil
	})
}

func (c *checker) included(size, index int64, path []tlog.Hash) error {
	root, err := c.root(size)
	if err != nil {
		return err
	}
	leaf := c.leaves[index]
	if err := tlog.CheckRecord(path, size, root, index, leaf); err != nil {
		return fmt.Errorf("leaf %d in a tree of %d: %w", index, size, err)
	}
	for what, changed := range changedPaths(path) {
		err := tlog.CheckRecord(changed, size, root, index, leaf)
		if err := c.refused(err, "leaf %d in a tree of %d, %s", index, size, what); err != nil {
			return err
		}
	}
	leaf[0] ^= 1
	return c.refused(tlog.CheckRecord(path, size, root, index, leaf), "another leaf %d of %d", index, size)
}

type consistency struct {
	From int64    `json:"from"`
	To   int64    `json:"to"`
	Path []string `json:"path"`
}

func (c *checker) consistencies() error {
	return eachLine(filepath.Join(c.folder, "consistency.jsonl"), func(one consistency) error {
		path, err := hashesOf(one.Path)
		if err != nil {
			return err
		}
		older, err := c.root(one.From)
		if err != nil {
			return err
		}
		newer, err := c.root(one.To)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(path, one.To, newer, one.From, older); err != nil {
			return fmt.Errorf("from %d to %d: %w", one.From, one.To, err)
		}
		c.seen.Consistency++
		for what, changed := range changedPaths(path) {
			err := tlog.CheckTree(changed, one.To, newer, one.From, older)
			if err := c.refused(err, "from %d to %d, %s", one.From, one.To, what); err != nil {
				return err
			}
		}
		older[31] ^= 1
		err = tlog.CheckTree(path, one.To, newer, one.From, older)
		return c.refused(err, "from %d to %d, another older root", one.From, one.To)
	})
}

// changedPaths are a proof with each hash changed, one taken away at either end, and one too many.
func changedPaths(path []tlog.Hash) map[string][]tlog.Hash {
	changed := map[string][]tlog.Hash{"one too many": append(slices.Clone(path), tlog.Hash{})}
	for at := range path {
		other := slices.Clone(path)
		other[at][at%32] ^= 1
		changed[fmt.Sprintf("hash %d", at)] = other
	}
	if len(path) > 0 {
		changed["without the first"] = path[1:]
		changed["without the last"] = path[:len(path)-1]
	}
	return changed
}

func (c *checker) receipts() error {
	return c.each("proofs", ".tlog-proof", func(name string, text []byte) error {
		head, checkpoint, found := strings.Cut(string(text), "\n\n")
		lines := strings.Split(head, "\n")
		if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
			return fmt.Errorf("%s: it is not a tlog-proof", name)
		}
		extra, isExtra := strings.CutPrefix(lines[1], "extra ")
		place, isIndex := strings.CutPrefix(lines[2], "index ")
		index, err := strconv.ParseInt(place, 10, 64)
		if err != nil || !isExtra || !isIndex {
			return fmt.Errorf("%s: it has no extra data or no index", name)
		}
		line, err := base64.StdEncoding.DecodeString(extra)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if index >= int64(len(c.leaves)) || tlog.RecordHash(line) != c.leaves[index] {
			return fmt.Errorf("%s: its line is not leaf %d", name, index)
		}
		path, err := hashesOf(lines[3:])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := c.checkpoint(name, []byte(checkpoint)); err != nil {
			return err
		}
		size, _, err := c.said(checkpoint[:strings.Index(checkpoint, "\n\n")+1])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := c.included(size, index, path); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		c.seen.Proofs++
		return nil
	})
}
