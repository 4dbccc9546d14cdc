package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/dustin/go-humanize"
)

// How much of what was read is kept when nobody says: a share of the machine's memory, within these bounds. With half as much, a tenth fewer
// searches among a million resources were answered, and 7 % fewer single resources. Twice as much brought a seventh more pages under full load,
// but made the garbage collector mark more: the slowest percent took a third longer.
const (
	keepShare                  = 128
	leastKept, mostKept        = 48 << 20, 256 << 20
	unknownMachine      uint64 = 2 << 30
)

// keepBytes is how many bytes of what was read may be kept: as many as the text says, or else a share of the memory of the machine, or
// of the container.
func keepBytes(text string) (int, error) {
	if text == "" {
		return usualKeep(machineMemory()), nil
	}
	bytes, err := humanize.ParseBytes(text)
	if err != nil || bytes > math.MaxInt || strings.Contains(text, ",") { // of which the library thinks nothing
		return 0, fmt.Errorf("--keep: %q is no amount of memory; write it like 256MiB, or 0 for none", text)
	}
	return int(bytes), nil
}

func usualKeep(memory uint64) int { return int(min(max(memory/keepShare, leastKept), mostKept)) }

// machineMemory is the memory of the container, if it is limited, or of the machine, in bytes.
func machineMemory() uint64 {
	memory, err := memlimit.ApplyFallback(memlimit.FromCgroup, memlimit.FromSystem)()
	if err != nil || memory == 0 {
		return unknownMachine
	}
	return memory
}
