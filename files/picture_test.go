package files_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

// secret stands in all metadata of the tests' pictures.
const secret = "51.5072N 0.1276W"

// sample is a picture of 40 by 20 pixels, red but for a blue quarter at the top left.
func sample() *image.RGBA {
	picture := image.NewRGBA(image.Rect(0, 0, 40, 20))
	for y := range 20 {
		for x := range 40 {
			c := color.RGBA{R: 220, A: 255}
			if x < 20 && y < 10 {
				c = color.RGBA{B: 220, A: 255}
			}
			picture.Set(x, y, c)
		}
	}
	return picture
}

func encodedJPEG(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, sample(), nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func encodedPNG(t *testing.T, picture image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// exif is what a camera writes: how it was held, and in a GPS directory where it was.
func exif(orientation uint16) []byte {
	var b bytes.Buffer
	put := func(values ...any) {
		for _, v := range values {
			_ = binary.Write(&b, binary.LittleEndian, v) // memory does not fail
		}
	}
	b.WriteString("II*\x00")
	put(uint32(8), uint16(2))                                         // one directory with two entries
	put(uint16(0x0112), uint16(3), uint32(1), orientation, uint16(0)) // Orientation
	put(uint16(0x8825), uint16(4), uint32(1), uint32(38), uint32(0))  // GPSInfo is at 38
	put(uint16(1), uint16(0x001D), uint16(2), uint32(len(secret)), uint32(56), uint32(0))
	b.WriteString(secret)
	return b.Bytes()
}

func jpegWithExif(t *testing.T, orientation uint16) []byte {
	t.Helper()
	plain := encodedJPEG(t)
	payload := append([]byte("Exif\x00\x00"), exif(orientation)...)
	head := []byte{0xFF, 0xD8, 0xFF, 0xE1, 0, 0}
	binary.BigEndian.PutUint16(head[4:], uint16(len(payload)+2))
	comment := append([]byte{0xFF, 0xFE, 0, byte(len(secret) + 2)}, secret...)
	return bytes.Join([][]byte{head, payload, comment, plain[2:]}, nil)
}

// blue says where the blue quarter is.
func blue(picture image.Image) (where string) {
	b := picture.Bounds()
	for name, at := range map[string]image.Point{
		"top left": {b.Dx() / 4, b.Dy() / 4}, "top right": {b.Dx() * 3 / 4, b.Dy() / 4},
		"bottom left": {b.Dx() / 4, b.Dy() * 3 / 4}, "bottom right": {b.Dx() * 3 / 4, b.Dy() * 3 / 4},
	} {
		if r, _, bl, _ := picture.At(b.Min.X+at.X, b.Min.Y+at.Y).RGBA(); bl > r {
			where += name
		}
	}
	return where
}

func TestPhotographsAreUprightAndSayNotWhereTheyWereTaken(t *testing.T) {
	ownTemp(t)
	for orientation, want := range map[uint16]string{
		0: "top left", 1: "top left", 2: "top right", 3: "bottom right", 4: "bottom left",
		5: "top left", 6: "top right", 7: "bottom right", 8: "bottom left", 9: "top left",
	} {
		file, kept := inspect(t, "Photo.JPG", jpegWithExif(t, orientation))
		if file.ContentType != "image/jpeg" || file.Name != "Photo.jpg" {
			t.Errorf("orientation %d: %q of type %s", orientation, file.Name, file.ContentType)
		}
		if bytes.Contains(kept, []byte(secret)) || bytes.Contains(kept, []byte("Exif")) {
			t.Errorf("orientation %d: the metadata is still there", orientation)
		}
		picture, err := jpeg.Decode(bytes.NewReader(kept))
		if err != nil {
			t.Fatalf("orientation %d: %v", orientation, err)
		}
		if onItsSide := orientation >= 5 && orientation <= 8; onItsSide != (picture.Bounds().Dy() == 40) {
			t.Errorf("orientation %d: the picture is %v", orientation, picture.Bounds())
		}
		if got := blue(picture); got != want {
			t.Errorf("orientation %d: blue is %s, want %s", orientation, got, want)
		}
	}
}

func TestBytesBehindPicturesAreGone(t *testing.T) {
	behind := []byte("PK\x03\x04" + secret + "<script>alert(1)</script>")
	var moving bytes.Buffer
	palette := color.Palette{color.White, color.Black}
	frames := &gif.GIF{
		Image: []*image.Paletted{image.NewPaletted(image.Rect(0, 0, 9, 9), palette), image.NewPaletted(image.Rect(0, 0, 9, 9), palette)},
		Delay: []int{10, 20}, LoopCount: 3,
	}
	if err := gif.EncodeAll(&moving, frames); err != nil {
		t.Fatal(err)
	}
	commented := append(append(moving.Bytes()[:moving.Len()-1:moving.Len()-1], "\x21\xFE\x10"+secret+"\x00"...), 0x3B)
	for name, content := range map[string][]byte{"a.jpg": encodedJPEG(t), "b.png": encodedPNG(t, sample()), "c.gif": commented} {
		file, kept := inspect(t, name, append(content, behind...))
		if file.Name != name || bytes.Contains(kept, []byte(secret)) || bytes.Contains(kept, []byte("script")) {
			t.Errorf("%s became %s, with what was hidden in it", name, file.Name)
		}
		if name == "c.gif" {
			again, err := gif.DecodeAll(bytes.NewReader(kept))
			if err != nil || len(again.Image) != 2 || again.Delay[1] != 20 || again.LoopCount != 3 {
				t.Errorf("the GIF moves no more as it did: %+v, %v", again, err)
			}
		}
	}
}

func TestWebPIsConverted(t *testing.T) {
	for name, webp := range map[string]string{
		"flat.jpg":  "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA",
		"clear.png": "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==",
	} {
		content, err := base64.StdEncoding.DecodeString(webp)
		if err != nil {
			t.Fatal(err)
		}
		file, kept := inspect(t, strings.Split(name, ".")[0]+".webp", content)
		if file.Name != name {
			t.Errorf("it became %q of type %s, want %q", file.Name, file.ContentType, name)
		}
		if _, format, err := image.Decode(bytes.NewReader(kept)); err != nil || "image/"+format != file.ContentType {
			t.Errorf("%s is a %s, %v", name, format, err)
		}
	}
}

func TestPicturesThatFillTheMemory(t *testing.T) {
	ownTemp(t)
	const grey, colour = 0, 2
	refused(t, "wide.png", pngHead(60_000, 60_000, 8, colour), "too large")
	refused(t, "deep.png", pngHead(6000, 5000, 16, colour), "too large")
	refused(t, "flat.png", pngHead(8000, 6000, 8, grey), "too large")
	refused(t, "only a head.png", pngHead(6000, 5000, 8, colour), "can't be read")

	var many bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 3000, 3000), color.Palette{color.White})
	if err := gif.Encode(&many, frame, nil); err != nil {
		t.Fatal(err)
	}
	body := many.Bytes()
	at := bytes.IndexByte(body, 0x2C)
	one := body[at : len(body)-1]
	bomb := bytes.Join([][]byte{body[:at], bytes.Repeat(one, 100), {0x3B}}, nil)
	refused(t, "bomb.gif", bomb, "too large")
}

// pngHead is a PNG picture of any size without its pixels.
func pngHead(width, height uint32, depth, colours byte) []byte {
	head := binary.BigEndian.AppendUint32([]byte("IHDR"), width)
	head = append(binary.BigEndian.AppendUint32(head, height), depth, colours, 0, 0, 0)
	picture := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return binary.BigEndian.AppendUint32(picture, crc32.ChecksumIEEE(head))
}

func TestDamagedPictures(t *testing.T) {
	ownTemp(t)
	whole := encodedPNG(t, sample())
	refused(t, "half.png", whole[:len(whole)/2], "can't be read")
	photo := encodedJPEG(t)
	refused(t, "half.jpg", photo[:len(photo)/2], "can't be read")
	refused(t, "head.gif", []byte("GIF89a\x01\x00\x01\x00\x80"), "can't be read")
	refused(t, "head.webp", []byte("RIFF\x22\x00\x00\x00WEBPVP8 "), "can't be read")
}

func FuzzInspect(f *testing.F) {
	for _, seed := range []string{pdf, "words", "GIF89a\x01\x00\x01\x00\x80\x00\x00\x2c", "\x89PNG\r\n\x1a\n", "PK\x03\x04", "RIFF\x22\x00\x00\x00WEBPVP8 "} {
		f.Add("name.pdf", []byte(seed))
	}
	f.Fuzz(checkAnything)
}
