// A verifier of the log's proofs that shares no code with the log: notes and trees are checked by
// Go's own libraries, those that check the Go checksum database.
//
//	verifier checkpoint  -key VKEY CHECKPOINT
//	verifier inclusion   -key VKEY -leaf FILE PROOF
//	verifier consistency -key VKEY -old CHECKPOINT -new CHECKPOINT PROOF
//	verifier promise     -key VKEY -leaf FILE NOTE
//
// PROOF of inclusion is a file of c2sp.org/tlog-proof@v1; that of consistency has a hash in base64
// on each line. It says "ok" and what it saw and exits 0, or says why not and exits 1.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if len(os.Args) < 2 {
		fail(errors.New("which proof?"))
	}
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	key := flags.String("key", "", "verifier key of the log")
	leaf := flags.String("leaf", "", "file with the bytes of the leaf")
	before := flags.String("old", "", "file with the old checkpoint")
	after := flags.String("new", "", "file with the new checkpoint")
	if err := flags.Parse(os.Args[2:]); err != nil || flags.NArg() != 1 {
		fail(errors.New("one file, after the flags"))
	}
	verifier, err := note.NewVerifier(*key)
	if err != nil {
		fail(err)
	}
	proof := read(flags.Arg(0))
	switch os.Args[1] {
	case "checkpoint":
		err = checkpoint(verifier, proof)
	case "inclusion":
		err = inclusion(verifier, read(*leaf), proof)
	case "consistency":
		err = consistency(verifier, read(*before), read(*after), proof)
	case "promise":
		err = promise(verifier, read(*leaf), proof)
	default:
		err = errors.New("no such proof")
	}
	if err != nil {
		fail(err)
	}
}

func checkpoint(verifier note.Verifier, raw string) error {
	tree, err := open(verifier, raw)
	if err == nil {
		fmt.Printf("ok size %d root %s\n", tree.N, tree.Hash)
	}
	return err
}

func inclusion(verifier note.Verifier, leaf, raw string) error {
	head, signed, found := strings.Cut(raw, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a transparency log proof")
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return errors.New("the proof names no index")
	}
	index, err := decimal(strings.TrimPrefix(lines[0], "index "))
	if err != nil {
		return err
	}
	hashes, err := parse(lines[1:])
	if err != nil {
		return err
	}
	tree, err := open(verifier, signed)
	if err != nil {
		return err
	}
	if index >= tree.N {
		return errors.New("the leaf is outside the tree")
	}
	err = tlog.CheckRecord(tlog.RecordProof(hashes), tree.N, tree.Hash, index, tlog.RecordHash([]byte(leaf)))
	if err == nil {
		fmt.Printf("ok leaf %d of %d\n", index, tree.N)
	}
	return err
}

func consistency(verifier note.Verifier, before, after, raw string) error {
	older, err := open(verifier, before)
	if err != nil {
		return err
	}
	newer, err := open(verifier, after)
	if err != nil {
		return err
	}
	var lines []string
	if raw != "" {
		lines = strings.Split(strings.TrimSuffix(raw, "\n"), "\n")
	}
	hashes, err := parse(lines)
	if err != nil {
		return err
	}
	if older.N < 1 || older.N > newer.N {
		return errors.New("the log has shrunk")
	}
	err = tlog.CheckTree(tlog.TreeProof(hashes), newer.N, newer.Hash, older.N, older.Hash)
	if err == nil {
		fmt.Printf("ok %d extends %d\n", newer.N, older.N)
	}
	return err
}

func promise(verifier note.Verifier, leaf, raw string) error {
	signed, err := note.Open([]byte(raw), note.VerifierList(verifier))
	if err != nil {
		return err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 6 || lines[0] != "mayuse-receipt/v1" || lines[1]+"/receipt" != verifier.Name() {
		return errors.New("not a promise of this log")
	}
	if lines[2] != tlog.RecordHash([]byte(leaf)).String() {
		return errors.New("the promise is for another leaf")
	}
	at, err := decimal(lines[3])
	if err != nil {
		return err
	}
	by, err := decimal(lines[4])
	if err != nil {
		return err
	}
	if by < at {
		return errors.New("the promise ends before it begins")
	}
	fmt.Printf("ok sealed by %d\n", by)
	return nil
}

// open verifies a checkpoint: signed by the key, and for the log the key is named after.
func open(verifier note.Verifier, raw string) (tlog.Tree, error) {
	signed, err := note.Open([]byte(raw), note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, errors.New("not a checkpoint of this log")
	}
	size, err := decimal(lines[1])
	if err != nil {
		return tlog.Tree{}, err
	}
	hash, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: hash}, err
}

func parse(lines []string) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, 0, len(lines))
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

func decimal(text string) (int64, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 0 || strconv.FormatInt(number, 10) != text {
		return 0, errors.New("not a plain decimal number")
	}
	return number, nil
}

func read(name string) string {
	raw, err := os.ReadFile(name)
	if err != nil {
		fail(err)
	}
	return string(raw)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "not verified:", err)
	os.Exit(1)
}
