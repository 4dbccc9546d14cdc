package files

import (
	"encoding/binary"
	"testing"
)

// TestProfilesThatClaimTooMuchAreNoProfiles has tables that say they are larger than the whole profile: what reads them would make room
// for gigabytes.
func TestProfilesThatClaimTooMuchAreNoProfiles(t *testing.T) {
	profile := func(table ...byte) []byte {
		whole := append(make([]byte, 132), 0, 0, 0, 0, 0, 0, 0, 144, 0, 0, 0, byte(len(table)))
		binary.BigEndian.PutUint32(whole[128:], 1)
		return append(whole, table...)
	}
	curve := func(count uint32, points int) []byte {
		return append(binary.BigEndian.AppendUint32([]byte("curv\x00\x00\x00\x00"), count), make([]byte, points)...)
	}
	colours := func(precision byte) []byte {
		table := append([]byte("mAB \x00\x00\x00\x00\x03\x03\x00\x00"), make([]byte, 40)...)
		binary.BigEndian.PutUint32(table[24:], 32)
		table[32+16] = precision
		return table
	}
	for name, test := range map[string]struct {
		table []byte
		whole bool
	}{
		"a curve":                        {curve(4, 8), true},
		"a gamma":                        {curve(1, 2), true},
		"a curve of four billion":        {curve(1<<32-1, 8), false},
		"a curve one point too long":     {curve(5, 8), false},
		"a long curve inside of a table": {append([]byte("mAB \x00\x00"), curve(1<<31, 8)...), false},
		"a second curve":                 {append(curve(4, 8), curve(1<<30, 8)...), false},
		"a text about curves":            {[]byte("desc\x00\x00\x00\x00A curve for screens, mft2 and mAB tables"), true},
		"channels":                       {[]byte("mft2\x00\x00\x00\x00\x03\x03\x02\x00"), true},
		"many channels":                  {[]byte("mft2\x00\x00\x00\x00\xff\x03\x02\x00"), false},
		"many results":                   {[]byte("mft1\x00\x00\x00\x00\x03\xff\x02\x00"), false},
		"values of a byte":               {colours(1), true},
		"values of nothing":              {colours(0), false},
		"values of four bytes":           {colours(4), false},
	} {
		if got := wholeProfile(profile(test.table...)); got != test.whole {
			t.Errorf("%s: whole is %t, want %t", name, got, test.whole)
		}
	}
}
