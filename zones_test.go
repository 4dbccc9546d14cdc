package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestTimeZonesAreInTheProgram checks that the program does not need files of the machine to know when a day begins in London.
func TestTimeZonesAreInTheProgram(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(strings.Fields(string(out)), "time/tzdata") {
		t.Error("package time/tzdata is not in the program")
	}
}
