package files_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"testing"
)

// The profiles of these tests, as the programs that people use write them: red, green and blue as seen by D50, and how values grow.
var (
	displayP3 = profile("RGB ", map[string][]byte{
		"rXYZ": xyz(0.51512, 0.24120, -0.00105), "gXYZ": xyz(0.29198, 0.69225, 0.04189), "bXYZ": xyz(0.15710, 0.06657, 0.78407),
		"rTRC": likeSRGB, "gTRC": likeSRGB, "bTRC": likeSRGB,
	})
	adobeRGB = profile("RGB ", map[string][]byte{
		"rXYZ": xyz(0.60974, 0.31111, 0.01947), "gXYZ": xyz(0.20528, 0.62567, 0.06087), "bXYZ": xyz(0.14919, 0.06322, 0.74457),
		"rTRC": gamma22, "gTRC": gamma22, "bTRC": gamma22,
	})
	plainSRGB = profile("RGB ", map[string][]byte{
		"rXYZ": xyz(0.43607, 0.22249, 0.01392), "gXYZ": xyz(0.38515, 0.71687, 0.09708), "bXYZ": xyz(0.14307, 0.06061, 0.71410),
		"rTRC": likeSRGB, "gTRC": likeSRGB, "bTRC": likeSRGB,
	})
	darkGrey = profile("GRAY", map[string][]byte{"kTRC": tag("curv", be(uint32(1), uint16(256)))}) // linear
	fourInks = profile("CMYK", map[string][]byte{"A2B0": inkTable()})

	likeSRGB = tag("para", be(uint16(3), uint16(0), fixed(2.4), fixed(1/1.055), fixed(0.055/1.055), fixed(1/12.92), fixed(0.04045)))
	gamma22  = tag("curv", be(uint32(1), uint16(563))) // 563/256
)

func be(values ...any) []byte {
	var out bytes.Buffer
	for _, v := range values {
		_ = binary.Write(&out, binary.BigEndian, v) // memory does not fail
	}
	return out.Bytes()
}

func fixed(v float64) int32 { return int32(math.Round(v * 65536)) }

func tag(kind string, content []byte) []byte {
	return append([]byte(kind+"\x00\x00\x00\x00"), content...)
}

func xyz(x, y, z float64) []byte { return tag("XYZ ", be(fixed(x), fixed(y), fixed(z))) }

// inkTable is a table of sixteen mixtures of inks with their Lab colours: each ink takes light away, and black takes all.
func inkTable() []byte {
	table := be(byte(4), byte(3), byte(2), byte(0), fixed(1), fixed(0), fixed(0), fixed(0), fixed(1), fixed(0), fixed(0), fixed(0), fixed(1))
	for range 4 {
		for v := range 256 {
			table = append(table, byte(v))
		}
	}
	for mixture := range 16 { // the first ink turns slowest
		c, m, y, k := mixture>>3&1, mixture>>2&1, mixture>>1&1, mixture&1
		light := (1 - k) * (255 - 60*c - 80*m - 20*y)
		table = append(table, byte(light), byte(128-40*c*(1-k)+50*m*(1-k)), byte(128-45*c*(1-k)+60*y*(1-k)))
	}
	for range 3 {
		for v := range 256 {
			table = append(table, byte(v))
		}
	}
	return tag("mft1", table)
}

func profile(space string, tags map[string][]byte) []byte {
	connection := "XYZ "
	class := "mntr"
	if space == "CMYK" {
		connection, class = "Lab ", "prtr"
	}
	directory, content := be(uint32(len(tags))), []byte{}
	begin := 132 + 12*len(tags)
	for name, value := range tags {
		directory = append(directory, name...)
		directory = append(directory, be(uint32(begin+len(content)), uint32(len(value)))...)
		content = append(content, value...)
		content = append(content, make([]byte, -len(content)&3)...)
	}
	head := be(uint32(begin+len(content)), uint32(0), uint32(0x02400000))
	head = append(head, class+space+connection...)
	head = append(head, make([]byte, 12)...)
	head = append(head, "acsp"...)
	head = append(head, make([]byte, 28)...)
	head = append(head, be(fixed(0.9642), fixed(1), fixed(0.8249))...)
	return bytes.Join([][]byte{head, make([]byte, 128-len(head)), directory, content}, nil)
}

// segments are a profile in a JPEG picture, in pieces of some bytes, the last one first.
func segments(profile []byte, size int) []byte {
	total := (len(profile) + size - 1) / size
	var out []byte
	for i := total - 1; i >= 0; i-- {
		piece := profile[i*size : min(len(profile), (i+1)*size)]
		out = append(out, be(uint16(0xFFE2), uint16(16+len(piece)), []byte("ICC_PROFILE\x00"), byte(i+1), byte(total), piece)...)
	}
	return out
}

func withSegments(picture, segments []byte) []byte {
	return bytes.Join([][]byte{picture[:2], segments, picture[2:]}, nil)
}

func profiledJPEG(t *testing.T, picture image.Image, profile []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	return withSegments(out.Bytes(), segments(profile, 200))
}

func profiledPNG(t *testing.T, picture image.Image, profile []byte) []byte {
	t.Helper()
	return withProfile(t, encodedPNG(t, picture), profile)
}

// withProfile puts a profile into a PNG picture.
func withProfile(t *testing.T, plain, profile []byte) []byte {
	t.Helper()
	const head = 8 + 12 + 13
	chunk := chunkOf("iCCP", append([]byte("a profile\x00\x00"), deflated(t, profile)...))
	return bytes.Join([][]byte{plain[:head], chunk, plain[head:]}, nil)
}

// transparentGrey is a PNG picture of 2 by 2 pixels of one grey, which may be transparent.
func transparentGrey(t *testing.T, grey, alpha byte) []byte {
	t.Helper()
	row := []byte{0, grey, alpha, grey, alpha}
	return bytes.Join([][]byte{
		[]byte("\x89PNG\r\n\x1a\n"),
		chunkOf("IHDR", []byte{0, 0, 0, 2, 0, 0, 0, 2, 8, 4, 0, 0, 0}),
		chunkOf("IDAT", deflated(t, bytes.Repeat(row, 2))),
		chunkOf("IEND", nil),
	}, nil)
}

func chunkOf(name string, content []byte) []byte {
	named := append([]byte(name), content...)
	return bytes.Join([][]byte{be(uint32(len(content))), named, be(crc32.ChecksumIEEE(named))}, nil)
}

func deflated(t *testing.T, plain []byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// profiledWebP is a picture of 2 by 2 pixels of one colour, without loss.
func profiledWebP(c color.NRGBA, profile []byte) []byte {
	var bits, count uint64
	var pixels []byte
	put := func(value uint64, length uint64) {
		for bits |= value << count; length > 0; length-- {
			if count++; count == 8 {
				pixels = append(pixels, byte(bits))
				bits, count = bits>>8, 0
			}
		}
	}
	pixels = append(pixels, 0x2F)
	size := uint64(1)
	opaque := c.A == 255
	for _, field := range [][2]uint64{{size, 14}, {size, 14}, {map[bool]uint64{true: 0, false: 1}[opaque], 1}, {0, 3}, {0, 3}} {
		for i := range field[1] {
			put(field[0]>>i&1, 1)
		}
	}
	for _, symbol := range []byte{c.G, c.R, c.B, c.A, 0} { // a code with one symbol takes no bits for each pixel
		for _, field := range [][2]uint64{{0b101, 3}, {uint64(symbol), 8}} {
			for i := range field[1] {
				put(field[0]>>i&1, 1)
			}
		}
	}
	pixels = append(pixels, byte(bits), 0, 0)
	chunk := func(name string, content []byte) []byte {
		length := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(content)))
		return append(append(length, content...), make([]byte, len(content)&1)...)
	}
	alpha := byte(0)
	if !opaque {
		alpha = 0x10
	}
	body := bytes.Join([][]byte{
		[]byte("WEBP"), chunk("VP8X", []byte{0x20 | alpha, 0, 0, 0, 1, 0, 0, 1, 0, 0}), chunk("ICCP", profile), chunk("VP8L", pixels),
	}, nil)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

// inkJPEG is a picture of 8 by 8 pixels of one mixture of four inks, as Adobe's programs write it: upside down.
func inkJPEG(inks [4]byte) []byte {
	out := be(uint16(0xFFD8), uint16(0xFFEE), uint16(14), []byte("Adobe"), uint16(100), uint32(0), byte(0))
	out = append(out, be(uint16(0xFFDB), uint16(67), byte(0))...)
	out = append(out, bytes.Repeat([]byte{1}, 64)...)
	out = append(out, be(uint16(0xFFC0), uint16(20), byte(8), uint16(8), uint16(8), byte(4))...)
	for i := range byte(4) {
		out = append(out, i+1, 0x11, 0)
	}
	out = append(out, be(uint16(0xFFC4), uint16(31), byte(0), [16]byte{3: 12}, []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})...)
	out = append(out, be(uint16(0xFFC4), uint16(20), byte(0x10), [16]byte{0: 1}, byte(0))...)
	out = append(out, be(uint16(0xFFDA), uint16(14), byte(4), []byte{1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0})...)
	text := ""
	for _, ink := range inks {
		level := 8 * (255 - int(ink) - 128)
		length := len(bin(abs(level)))
		if level == 0 {
			length = 0
		}
		text += bin(16 + length)[1:]
		switch {
		case level > 0:
			text += bin(level)
		case level < 0:
			text += bin(1<<length + level + 1<<length - 1)[1:]
		}
		text += "0"
	}
	for text += "1111111"; len(text) >= 8; text = text[8:] {
		var b byte
		for _, bit := range text[:8] {
			b = b<<1 | byte(bit-'0')
		}
		if out = append(out, b); b == 0xFF {
			out = append(out, 0)
		}
	}
	return append(out, 0xFF, 0xD9)
}

func bin(v int) string {
	if v < 2 {
		return string(rune('0' + v))
	}
	return bin(v/2) + bin(v%2)
}

func abs(v int) int { return max(v, -v) }

func flat(c color.Color) image.Image {
	picture := image.NewNRGBA(image.Rect(0, 0, 16, 16))
	draw.Draw(picture, picture.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	return picture
}

// toSRGB is how IEC 61966-2-1 and the specification of the other space say it: to linear light, by a matrix between the two, and back.
func toSRGB(c color.NRGBA, linear func(float64) float64, matrix [3][3]float64) color.NRGBA {
	light := [3]float64{linear(float64(c.R) / 255), linear(float64(c.G) / 255), linear(float64(c.B) / 255)}
	var out [3]uint8
	for i := range out {
		v := max(0, min(1, matrix[i][0]*light[0]+matrix[i][1]*light[1]+matrix[i][2]*light[2]))
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		out[i] = uint8(math.Round(v * 255))
	}
	return color.NRGBA{out[0], out[1], out[2], c.A}
}

func p3(c color.NRGBA) color.NRGBA {
	linear := func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return toSRGB(c, linear, [3][3]float64{{1.2249401, -0.2249402, 0}, {-0.0420570, 1.0420571, 0}, {-0.0196376, -0.0786361, 1.0982735}})
}

func adobe(c color.NRGBA) color.NRGBA {
	linear := func(v float64) float64 { return math.Pow(v, 563.0/256) }
	return toSRGB(c, linear, [3][3]float64{{1.3983557, -0.3983557, 0}, {0, 1, 0}, {0, -0.0429290, 1.0429290}})
}

func same(c color.NRGBA) color.NRGBA { return c }

// TestColoursAreConverted holds pictures with profiles against what the specifications of their colours say, and well-known colours against
// numbers.
func TestColoursAreConverted(t *testing.T) {
	for _, test := range []struct{ from, p3, adobe color.NRGBA }{
		{color.NRGBA{0, 255, 0, 255}, color.NRGBA{0, 255, 0, 255}, color.NRGBA{0, 255, 0, 255}},
		{color.NRGBA{128, 64, 32, 255}, color.NRGBA{138, 59, 21, 255}, color.NRGBA{146, 62, 23, 255}},
		{color.NRGBA{128, 128, 128, 255}, color.NRGBA{128, 128, 128, 255}, color.NRGBA{129, 129, 129, 255}},
	} {
		if got := p3(test.from); got != test.p3 {
			t.Errorf("by the formula %v of P3 is %v, not %v", test.from, got, test.p3)
		}
		if got := adobe(test.from); got != test.adobe {
			t.Errorf("by the formula %v of Adobe RGB is %v, not %v", test.from, got, test.adobe)
		}
	}
	for name, space := range map[string]struct {
		profile []byte
		want    func(color.NRGBA) color.NRGBA
	}{"P3": {displayP3, p3}, "Adobe RGB": {adobeRGB, adobe}, "sRGB": {plainSRGB, same}} {
		for _, c := range []color.NRGBA{
			{0, 255, 0, 255},
			{255, 0, 0, 255},
			{0, 0, 255, 255},
			{255, 255, 255, 255},
			{0, 0, 0, 255},
			{128, 64, 32, 255},
			{30, 150, 80, 255},
			{128, 128, 128, 255},
			{200, 190, 120, 255},
			{5, 3, 9, 255},
		} {
			for file, content := range map[string][]byte{
				"a.jpg": profiledJPEG(t, flat(c), space.profile), "a.png": profiledPNG(t, flat(c), space.profile), "a.webp": profiledWebP(c, space.profile),
			} {
				tolerance := 1
				if file != "a.png" {
					tolerance = 3 // what JPEG loses, twice
				}
				wantColour(t, name+" in "+file, file, content, space.want(c), tolerance)
			}
		}
		clear := color.NRGBA{128, 64, 32, 100}
		wantColour(t, name+" with alpha", "a.png", profiledPNG(t, flat(clear), space.profile), space.want(clear), 1)
		wantColour(t, name+" with alpha", "a.webp", profiledWebP(clear, space.profile), space.want(clear), 1)
	}
}

// TestColoursOfAllSortsOfPictures converts palettes, sixteen bits, greys and inks.
func TestColoursOfAllSortsOfPictures(t *testing.T) {
	c := color.NRGBA{128, 64, 32, 255}
	palette := image.NewPaletted(image.Rect(0, 0, 4, 4), color.Palette{c, color.NRGBA{1, 2, 3, 0}})
	wantColour(t, "a palette", "a.png", profiledPNG(t, palette, displayP3), p3(c), 1)

	deep := image.NewNRGBA64(image.Rect(0, 0, 4, 4))
	draw.Draw(deep, deep.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	kept := wantColour(t, "sixteen bits", "a.png", profiledPNG(t, deep, displayP3), p3(c), 1)
	if _, ok := kept.(*image.RGBA64); !ok {
		t.Errorf("of sixteen bits is left a %T", kept)
	}
	linear := color.NRGBA{188, 188, 188, 255} // of half the light
	for _, grey := range []draw.Image{image.NewGray(image.Rect(0, 0, 4, 4)), image.NewGray16(image.Rect(0, 0, 4, 4))} {
		draw.Draw(grey, grey.Bounds(), image.NewUniform(color.Gray{128}), image.Point{}, draw.Src)
		wantColour(t, "grey", "a.png", profiledPNG(t, grey, darkGrey), linear, 1)
		wantColour(t, "grey with the profile of colours", "a.png", profiledPNG(t, grey, adobeRGB), adobe(color.NRGBA{128, 128, 128, 255}), 1)
	}
	wantColour(t, "transparent greys", "a.png", withProfile(t, transparentGrey(t, 128, 100), darkGrey), color.NRGBA{188, 188, 188, 100}, 1)
	longGrey := profile("GRAY", map[string][]byte{"kTRC": tag("curv", be(uint32(1), uint16(256))), "desc": tag("desc", []byte(noise(20_000)))})
	wantColour(t, "greys with a long profile", "a.png", withProfile(t, transparentGrey(t, 128, 255), longGrey), linear, 1)
	wantColour(t, "colours with a long profile of greys", "a.png", profiledPNG(t, flat(c), longGrey), c, 1)
	for _, colour := range []color.NRGBA{c, {128, 128, 128, 255}} { // a grey one among colours, too
		wantColour(t, "colours with the profile of greys", "a.png", profiledPNG(t, flat(colour), darkGrey), colour, 1)
		wantColour(t, "colours with the profile of greys", "a.jpg", profiledJPEG(t, flat(colour), darkGrey), colour, 3)
		wantColour(t, "colours with the profile of greys", "a.webp", profiledWebP(colour, darkGrey), colour, 3)
	}
	greys := image.NewGray(image.Rect(0, 0, 16, 16))
	draw.Draw(greys, greys.Bounds(), image.NewUniform(color.Gray{128}), image.Point{}, draw.Src)
	wantColour(t, "grey", "a.jpg", profiledJPEG(t, greys, darkGrey), linear, 3)

	for inks, want := range map[[4]byte]color.NRGBA{
		{}:             {255, 255, 255, 255},
		{0, 0, 0, 255}: {0, 0, 0, 255},
		{255, 0, 0, 0}: lab(195.0/2.55, -40, -45),
		{0, 255, 0, 0}: lab(175.0/2.55, 50, 0),
		{0, 0, 255, 0}: lab(235.0/2.55, 0, 60),
	} {
		wantColour(t, "inks", "a.jpg", withSegments(inkJPEG(inks), segments(fourInks, 60_000)), want, 4)
	}
	wantColour(t, "inks without a profile", "a.jpg", inkJPEG([4]byte{255, 0, 0, 0}), color.NRGBA{0, 255, 255, 255}, 3)
	wantColour(t, "inks with the profile of colours", "a.jpg", withSegments(inkJPEG([4]byte{255, 0, 0, 0}), segments(displayP3, 100)), color.NRGBA{0, 255, 255, 255}, 3)
	wantColour(t, "colours with the profile of inks", "a.png", profiledPNG(t, flat(c), fourInks), c, 1)
}

// lab is a colour of CIE Lab (D50) in sRGB.
func lab(l, a, b float64) color.NRGBA {
	fy := (l + 16) / 116
	cube := func(v float64) float64 {
		if v > 6.0/29 {
			return v * v * v
		}
		return 3 * 36 / 841.0 * (v - 4.0/29)
	}
	x, y, z := 0.9642*cube(fy+a/500), cube(fy), 0.8249*cube(fy-b/200)
	linear := [3]float64{3.1338561*x - 1.6168667*y - 0.4906146*z, -0.9787684*x + 1.9161415*y + 0.0334540*z, 0.0719453*x - 0.2289914*y + 1.4052427*z}
	var out [3]uint8
	for i, v := range linear {
		v = max(0, min(1, v))
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		out[i] = uint8(math.Round(v * 255))
	}
	return color.NRGBA{out[0], out[1], out[2], 255}
}

// wantColour inspects a picture of one colour, and compares that.
func wantColour(t *testing.T, what, name string, content []byte, want color.NRGBA, tolerance int) image.Image {
	t.Helper()
	_, kept := inspect(t, name, content)
	if bytes.Contains(kept, []byte("ICC_PROFILE")) || bytes.Contains(kept, []byte("iCCP")) {
		t.Errorf("%s: the profile is still there", what)
	}
	picture, _, err := image.Decode(bytes.NewReader(kept))
	if err != nil {
		t.Fatal(err)
	}
	got, _ := color.NRGBAModel.Convert(picture.At(1, 1)).(color.NRGBA)
	for _, pair := range [][2]uint8{{got.R, want.R}, {got.G, want.G}, {got.B, want.B}, {got.A, want.A}} {
		if abs(int(pair[0])-int(pair[1])) > tolerance {
			t.Errorf("%s: got %v, want %v", what, got, want)
			break
		}
	}
	return picture
}

// TestProfilesThatMakeNoSense shares pictures whose profiles are damaged, too large or made to do harm: as they are without.
func TestProfilesThatMakeNoSense(t *testing.T) {
	c := color.NRGBA{128, 64, 32, 255}
	change := func(at int, to ...byte) []byte {
		changed := bytes.Clone(displayP3)
		copy(changed[at:], to)
		return changed
	}
	for name, bad := range map[string][]byte{
		"empty":                     {},
		"half":                      displayP3[:len(displayP3)/2],
		"words":                     []byte("This is no profile."),
		"a table of a billion tags": change(128, 0x40),
		"a tag of four gigabytes":   change(128+4+8, 0xFF, 0xFF, 0xFF, 0xF0),
		"a tag before the table":    change(128+4+4, 0, 0, 0, 1),
		"another sort of colours":   change(16, 'L', 'u', 'v', ' '),
		"no sign":                   change(36, 'x'),
	} {
		wantColour(t, name, "a.png", profiledPNG(t, flat(c), bad), c, 1)
		if len(bad) > 0 {
			wantColour(t, name, "a.jpg", profiledJPEG(t, flat(c), bad), c, 3)
			wantColour(t, name, "a.webp", profiledWebP(c, bad), c, 3)
		}
	}
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, flat(c), nil); err != nil {
		t.Fatal(err)
	}
	pieces := segments(displayP3, 200)
	wantColour(t, "a piece is missing", "a.jpg", withSegments(plain.Bytes(), pieces[:len(pieces)-218]), c, 3)
	bomb := profiledPNG(t, flat(c), make([]byte, 40<<20))
	wantColour(t, "a profile that swells", "a.png", bomb, c, 1)
}

// FuzzProfiles looks for profiles that break what reads them.
func FuzzProfiles(f *testing.F) {
	for _, seed := range [][]byte{displayP3, adobeRGB, darkGrey, fourInks} {
		f.Add(seed)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, flat(color.NRGBA{1, 2, 3, 255})); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, profile []byte) {
		if len(profile) == 0 || len(profile) > 60_000 {
			return
		}
		checkAnything(t, "a.jpg", profiledJPEG(t, flat(color.NRGBA{1, 2, 3, 255}), profile))
		checkAnything(t, "a.jpg", withSegments(inkJPEG([4]byte{1, 2, 3, 4}), segments(profile, 60_000)))
	})
}
