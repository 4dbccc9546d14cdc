package main

import "testing"

func TestKeepIsWhatWasSaidOrAShare(t *testing.T) {
	for text, want := range map[string]int{"0": 0, "64MiB": 64 << 20, "1 GB": 1_000_000_000, "5000": 5000} {
		if got, err := keepBytes(text); err != nil || got != want {
			t.Errorf("%q: %d (%v), want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"much", "-1", "12 parsecs", "1,5GiB"} {
		if got, err := keepBytes(text); err == nil {
			t.Errorf("%q is taken for %d bytes", text, got)
		}
	}
	for memory, want := range map[uint64]int{512 << 20: 48 << 20, 4 << 30: 48 << 20, 16 << 30: 128 << 20, 1 << 40: 256 << 20} {
		if got := usualKeep(memory); got != want {
			t.Errorf("with %d bytes of memory, %d are kept, want %d", memory, got, want)
		}
	}
	if memory := machineMemory(); memory < 64<<20 {
		t.Errorf("this machine has %d bytes of memory?", memory)
	}
}
