package files

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"slices"
)

// maxProfile is how large a colour profile may be, in bytes; those of printers take up to some two million.
const maxProfile = 8 << 20

// colourProfile is the ICC profile in a picture; nil if there is none, or none that is whole and can be one of this picture.
func colourProfile(k kind, r io.Reader) []byte {
	read := profileOfJPEG
	switch k.ContentType {
	case typePNG:
		read = profileOfPNG
	case typeWebP:
		read = profileOfWebP
	}
	profile, coloured := read(bufio.NewReader(r))
	if !wholeProfile(profile) || coloured && isOfGreys(profile) {
		return nil
	}
	return profile
}

// isOfGreys says whether a profile has greys only.
func isOfGreys(profile []byte) bool {
	const space = 16 // ICC.1:2022, 7.2.6
	return bytes.HasPrefix(profile[space:], []byte("GRAY"))
}

// wholeProfile says whether everything that the profile's table of contents names is in it. What reads profiles believes the table, and would
// make room for gigabytes.
func wholeProfile(profile []byte) bool {
	const head, count, entry = 128, 4, 12
	length := uint64(len(profile))
	if length < head+count {
		return false
	}
	tags := uint64(binary.BigEndian.Uint32(profile[head:]))
	begin := head + count + tags*entry
	if begin > length {
		return false
	}
	for at := range slices.Chunk(profile[head+count:begin], entry) {
		from, size := uint64(binary.BigEndian.Uint32(at[4:])), uint64(binary.BigEndian.Uint32(at[8:]))
		if from < begin || from+size > length || claims(profile[from:from+size]) {
			return false
		}
	}
	return true
}

// claims says whether a table in the tag claims to be larger than what is left of the tag, wherever the table may begin: curves lie inside of
// other tables, too. A tag that begins with no table has none in it: it may be a text about curves. Layouts are those of ICC.1:2022, 10.6,
// 10.10, 10.11 and 10.12.
func claims(tag []byte) bool {
	if !slices.ContainsFunc([]string{"curv", "mft1", "mft2", "mAB ", "mBA "}, func(kind string) bool { return bytes.HasPrefix(tag, []byte(kind)) }) {
		return false
	}
	for kind, claim := range map[string]func([]byte) bool{"curv": longCurve, "mft1": manyChannels, "mft2": manyChannels, "mAB ": noPrecision, "mBA ": noPrecision} {
		for rest := tag; ; rest = rest[len(kind):] {
			at := bytes.Index(rest, []byte(kind))
			if at < 0 {
				break
			}
			if rest = rest[at:]; claim(rest) {
				return true
			}
		}
	}
	return false
}

// longCurve looks at a curve, whose points have two bytes each.
func longCurve(table []byte) bool {
	const head = 12
	return len(table) >= head && uint64(binary.BigEndian.Uint32(table[8:]))*2 > uint64(len(table)-head)
}

// manyChannels looks at a table of colours, whose size is a power of the channels that go in.
func manyChannels(table []byte) bool {
	const in, out, most = 8, 9, 4
	return len(table) > out && (table[in] > most || table[out] > most)
}

// noPrecision looks at a table of colours whose values may have one byte or two.
func noPrecision(table []byte) bool {
	const place, precision = 24, 16
	if len(table) < place+4 {
		return false
	}
	colours := uint64(binary.BigEndian.Uint32(table[place:]))
	at := colours + precision
	return colours != 0 && at < uint64(len(table)) && table[at] != 1 && table[at] != 2
}

// profileOfJPEG puts together the pieces of a profile, which are in as many segments as it needs. Pictures of greys have one component.
func profileOfJPEG(r *bufio.Reader) (whole []byte, coloured bool) {
	const components = 5
	const startOfImage, startOfScan, app2, sign = 0xD8, 0xDA, 0xE2, "ICC_PROFILE\x00"
	pieces, total := map[byte][]byte{}, byte(0)
	for {
		marker, err := nextMarker(r)
		if err != nil || marker == startOfScan {
			break
		}
		if marker == startOfImage {
			continue
		}
		segment, err := readSegment(r)
		if err != nil {
			break
		}
		if startsFrame(marker) && len(segment) > components {
			coloured = segment[components] > 1
		}
		if piece, ok := bytes.CutPrefix(segment, []byte(sign)); marker == app2 && ok && len(piece) > 2 {
			pieces[piece[0]], total = piece[2:], piece[1]
		}
	}
	for i := 1; i <= int(total); i++ {
		piece, ok := pieces[byte(i)]
		if !ok || len(whole)+len(piece) > maxProfile {
			return nil, coloured
		}
		whole = append(whole, piece...)
	}
	return whole, coloured
}

// startsFrame says whether the segment behind a marker of JPEG tells how the picture is made. Three others are among their numbers.
func startsFrame(marker byte) bool {
	return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC
}

// nextMarker reads up to the next marker of a JPEG picture.
func nextMarker(r *bufio.Reader) (byte, error) {
	if _, err := r.ReadSlice(0xFF); err != nil {
		return 0, err
	}
	for {
		if b, err := r.ReadByte(); err != nil || b != 0xFF {
			return b, err
		}
	}
}

// readSegment reads a segment of a JPEG picture.
func readSegment(r io.Reader) ([]byte, error) {
	var length uint16
	if err := binary.Read(r, binary.BigEndian, &length); err != nil || length < 2 {
		return nil, io.ErrUnexpectedEOF
	}
	segment := make([]byte, length-2)
	_, err := io.ReadFull(r, segment)
	return segment, err
}

// profileOfPNG unpacks the chunk iCCP, which comes before the pixels. The first chunk says whether they have colours.
func profileOfPNG(r *bufio.Reader) (profile []byte, coloured bool) {
	const colourType, colour = len("\x89PNG\r\n\x1a\n") + len("sizeIHDR") + 9, 2
	begin, err := r.Peek(colourType + 1)
	if err != nil {
		return nil, false
	}
	coloured = begin[colourType]&colour != 0 // before the buffer has something else in it
	return chunkOfPNG(r), coloured
}

func chunkOfPNG(r *bufio.Reader) []byte {
	if _, err := r.Discard(len("\x89PNG\r\n\x1a\n")); err != nil {
		return nil
	}
	var head struct {
		Length uint32
		Name   [4]byte
	}
	const checksum = 4
	for binary.Read(r, binary.BigEndian, &head) == nil && string(head.Name[:]) != "IDAT" {
		if string(head.Name[:]) != "iCCP" {
			if _, err := r.Discard(int(head.Length) + checksum); err != nil {
				return nil
			}
			continue
		}
		packed, err := io.ReadAll(io.LimitReader(r, min(int64(head.Length), maxProfile)))
		_, packed, named := bytes.Cut(packed, []byte{0})
		if err != nil || !named || len(packed) == 0 {
			return nil
		}
		return unpackProfile(packed[1:]) // behind the method, of which there is one
	}
	return nil
}

func unpackProfile(packed []byte) []byte {
	unpacked, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil
	}
	profile, err := io.ReadAll(io.LimitReader(unpacked, maxProfile))
	if err != nil {
		return nil
	}
	return profile
}

// profileOfWebP reads the chunk ICCP, which comes before the pixels. They always have colours.
func profileOfWebP(r *bufio.Reader) (profile []byte, coloured bool) { return chunkOfWebP(r), true }

func chunkOfWebP(r *bufio.Reader) []byte {
	if _, err := r.Discard(len("RIFF1234WEBP")); err != nil {
		return nil
	}
	var head struct {
		Name   [4]byte
		Length uint32
	}
	for binary.Read(r, binary.LittleEndian, &head) == nil {
		if string(head.Name[:]) == "ICCP" {
			profile, err := io.ReadAll(io.LimitReader(r, min(int64(head.Length), maxProfile)))
			if err != nil {
				return nil
			}
			return profile
		}
		if _, err := r.Discard(int(head.Length) + int(head.Length&1)); err != nil {
			return nil
		}
	}
	return nil
}
