package files

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// Blocks of a GIF file (https://www.w3.org/Graphics/GIF/spec-gif89a.txt).
const (
	gifExtension = 0x21
	gifImage     = 0x2C
	gifTrailer   = 0x3B
)

// countFrames counts the frames of a GIF without unpacking them. The standard library unpacks all into memory, and a
// small file can hold thousands.
func countFrames(r *bufio.Reader) (frames int, err error) {
	const header, descriptor = 13, 9
	head := make([]byte, header)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, err
	}
	if err := skipColours(r, head[10]); err != nil {
		return 0, err
	}
	for {
		block, err := r.ReadByte()
		switch {
		case errors.Is(err, io.EOF), err == nil && block == gifTrailer:
			return frames, nil
		case err != nil:
			return 0, err
		case block == gifExtension:
			_, err = r.Discard(1) // what sort of extension
		case block == gifImage:
			frames++
			err = skipImageHead(r, descriptor)
		default:
			return 0, fmt.Errorf("unknown block %#x", block)
		}
		if err == nil {
			err = skipData(r)
		}
		if err != nil {
			return 0, err
		}
	}
}

func skipImageHead(r *bufio.Reader, length int) error {
	head := make([]byte, length)
	if _, err := io.ReadFull(r, head); err != nil {
		return err
	}
	if err := skipColours(r, head[length-1]); err != nil {
		return err
	}
	_, err := r.Discard(1) // the code size
	return err
}

// skipColours skips the table of colours, if the flags say that one follows.
func skipColours(r *bufio.Reader, flags byte) error {
	if flags&0x80 == 0 {
		return nil
	}
	_, err := r.Discard(3 << (flags&7 + 1))
	return err
}

// skipData skips blocks of data up to the empty one.
func skipData(r *bufio.Reader) error {
	for {
		length, err := r.ReadByte()
		if err != nil || length == 0 {
			return err
		}
		if _, err := r.Discard(int(length)); err != nil {
			return err
		}
	}
}
