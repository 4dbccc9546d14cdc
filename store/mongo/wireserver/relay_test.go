package main

import (
	"encoding/binary"
	"testing"
)

// message is an OP_MSG whose document has one field with this name.
func message(kind uint32, command string) []byte {
	m := make([]byte, commandAt)
	binary.LittleEndian.PutUint32(m[kindAt:], kind)
	m = append(append(append(m, 2), command...), 0, 0)
	binary.LittleEndian.PutUint32(m, uint32(len(m)))
	return m
}

func TestIsWrite(t *testing.T) {
	for _, c := range []struct {
		name    string
		request []byte
		want    bool
	}{
		{"update", message(kindMsg, "update"), true},
		{"insert", message(kindMsg, "insert"), true},
		{"find", message(kindMsg, "find"), false},
		{"an older kind of message", message(2004, "update"), false},
		{"too short", message(kindMsg, "update")[:headerSize], false},
	} {
		if got := isWrite(c.request); got != c.want {
			t.Errorf("%s: isWrite = %t, want %t", c.name, got, c.want)
		}
	}
}
