package sqlite

import (
	"errors"
	"io/fs"
	"os"
)

// reserveBytes is how much room the reserve takes up: some times what SQLite needs to open a file.
const reserveBytes = 256 << 10

// reserve is the name of a file beside the store that nobody needs. Even to be read, a store needs room for two small files that SQLite puts
// beside it, and so a server that is started on a full disk would not come up: the reserve makes place for them.
func (f file) reserve() string { return f.path + "-reserve" }

// giveReserve makes place, and says whether there was a reserve to do so.
func (f file) giveReserve() bool { return os.Remove(f.reserve()) == nil }

// keepReserve makes the reserve if there is none and the disk has room. It is no harm if it has not.
func (f file) keepReserve() {
	if f.temporary() {
		return
	}
	if _, err := os.Stat(f.reserve()); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	if os.WriteFile(f.reserve(), make([]byte, reserveBytes), 0o600) != nil {
		_ = os.Remove(f.reserve()) // a part of it would be taken for all
	}
}
