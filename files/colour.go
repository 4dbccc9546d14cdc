package files

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"runtime"
	"slices"

	"github.com/kovidgoyal/imaging/prism/meta/icc"
	"golang.org/x/sync/errgroup"
)

// inSRGB gives a picture whose colours are in sRGB, which is what a picture without a profile is taken to be in. The colours of picture are
// those of the profile. They stay if there is no profile, or none that fits the picture and can be understood: that is how browsers show it.
func inSRGB(ctx context.Context, picture image.Image, profile []byte) (image.Image, error) {
	convert := converter(picture, profile)
	if convert == nil {
		return picture, nil
	}
	switch p := picture.(type) {
	case *image.Paletted:
		return convert.palette(p)
	case *image.CMYK:
		return convert.inks(ctx, p)
	case *image.NRGBA:
		return p, convert.shallow(ctx, p.Pix)
	case *image.NRGBA64, *image.RGBA64, *image.Gray16:
		deep := image.NewNRGBA64(picture.Bounds())
		draw.Draw(deep, deep.Rect, picture, deep.Rect.Min, draw.Src)
		return deep, convert.deep(ctx, deep.Pix)
	}
	if o, ok := picture.(interface{ Opaque() bool }); ok && o.Opaque() {
		drawn := image.NewRGBA(picture.Bounds()) // the standard library draws into it, and encodes it, much faster
		draw.Draw(drawn, drawn.Rect, picture, drawn.Rect.Min, draw.Src)
		return drawn, convert.shallow(ctx, drawn.Pix)
	}
	drawn := image.NewNRGBA(picture.Bounds())
	draw.Draw(drawn, drawn.Rect, picture, drawn.Rect.Min, draw.Src)
	return drawn, convert.shallow(ctx, drawn.Pix)
}

// conversion is the way from a profile's colours to those of sRGB.
type conversion struct {
	steps *icc.Pipeline
	// light is a faster way for pixels of eight bits; nil if the profile has none.
	light *light
	// grey says that the profile is of greys, as all pixels are.
	grey bool
}

// converter is the conversion for a picture with this profile; nil if there is nothing to do, or nothing that can be done. What is closest
// stays: colours that sRGB lacks become the nearest, and the black of inks becomes black.
func converter(picture image.Image, profile []byte) (c *conversion) {
	if profile == nil {
		return nil
	}
	defer func() {
		if recover() != nil { // what reads the profile trusts it
			c = nil
		}
	}()
	parsed, err := icc.DecodeProfile(bytes.NewReader(profile))
	if err != nil || parsed.IsSRGB() {
		return nil
	}
	_, inks := picture.(*image.CMYK)
	of, channels := parsed.Header.DataColorSpace, map[icc.ColorSpace]int{icc.ColorSpaceGray: 1, icc.ColorSpaceRGB: 3, icc.ColorSpaceCMYK: 4}
	if inks != (of == icc.ColorSpaceCMYK) {
		return nil
	}
	steps, err := parsed.CreateTransformerToSRGB(icc.RelativeColorimetricRenderingIntent, true, channels[of], true, false, true)
	if err != nil {
		return nil
	}
	c = &conversion{steps: steps, grey: of == icc.ColorSpaceGray}
	if of == icc.ColorSpaceRGB {
		c.light = lightOf(parsed, steps)
	}
	return c
}

// of converts one colour.
func (c *conversion) of(r, g, b float64) (float64, float64, float64) {
	if c.grey {
		return c.steps.Transform(r, 0, 0)
	}
	return c.steps.Transform(r, g, b)
}

// palette converts the colours that a picture chooses from.
func (c *conversion) palette(p *image.Paletted) (converted image.Image, err error) {
	defer recovered(&err)
	for i, entry := range p.Palette {
		plain := color.NRGBA64Model.Convert(entry).(color.NRGBA64) //nolint:forcetypeassert // that is what the model makes
		r, g, b := c.of(unit(plain.R), unit(plain.G), unit(plain.B))
		p.Palette[i] = color.NRGBA64{R: whole[uint16](r), G: whole[uint16](g), B: whole[uint16](b), A: plain.A}
	}
	return p, nil
}

// shallow converts pixels of four bytes, the last of which says how transparent they are.
func (c *conversion) shallow(ctx context.Context, pixels []byte) error {
	return inParts(ctx, pixels, 4, func() func([]byte) {
		if c.light != nil {
			return c.light.convert
		}
		return remembering(func(p []byte) (r, g, b float64) { return c.of(unit(p[0]), unit(p[1]), unit(p[2])) })
	})
}

// inks converts a picture of four inks.
func (c *conversion) inks(ctx context.Context, p *image.CMYK) (image.Image, error) {
	err := inParts(ctx, p.Pix, 4, func() func([]byte) {
		var in, out [4]float64
		convert := remembering(func(p []byte) (r, g, b float64) {
			for i := range in {
				in[i] = unit(p[i])
			}
			c.steps.TransformGeneral(out[:], in[:])
			return out[0], out[1], out[2]
		})
		return func(p []byte) {
			convert(p)
			p[3] = math.MaxUint8
		}
	})
	return &image.RGBA{Pix: p.Pix, Stride: p.Stride, Rect: p.Rect}, err
}

// deep converts pixels of four times two bytes.
func (c *conversion) deep(ctx context.Context, pixels []byte) error {
	return inParts(ctx, pixels, 8, func() func([]byte) {
		return func(p []byte) {
			at := binary.BigEndian
			r, g, b := c.of(unit(at.Uint16(p)), unit(at.Uint16(p[2:])), unit(at.Uint16(p[4:])))
			at.PutUint16(p, whole[uint16](r))
			at.PutUint16(p[2:], whole[uint16](g))
			at.PutUint16(p[4:], whole[uint16](b))
		}
	})
}

// remembering converts pixels of four bytes in place, and remembers some of them: one takes half a microsecond, and pictures have few
// colours for so many pixels.
func remembering(convert func([]byte) (r, g, b float64)) func([]byte) {
	const bits = 16
	type colour struct {
		known bool
		from  [4]byte
		to    [3]byte
	}
	memory := make([]colour, 1<<bits)
	return func(p []byte) {
		const spread = 2654435769 // Knuth's multiplicative hash
		at := &memory[binary.LittleEndian.Uint32(p)*spread>>(32-bits)]
		if from := [4]byte(p); !at.known || at.from != from {
			r, g, b := convert(p)
			*at = colour{true, from, [3]byte{whole[uint8](r), whole[uint8](g), whole[uint8](b)}}
		}
		copy(p, at.to[:])
	}
}

// inParts converts pixels of some bytes each on all processors, until ctx ends. What begin returns is used by one of them.
func inParts(ctx context.Context, pixels []byte, size int, begin func() func([]byte)) error {
	const row = 4096 // pixels, between two looks at the clock
	var group errgroup.Group
	workers := runtime.GOMAXPROCS(0)
	share := (len(pixels)/size + workers - 1) / workers * size
	for part := range slices.Chunk(pixels, max(share, size)) {
		group.Go(func() (err error) {
			defer recovered(&err)
			convert := begin()
			for i := 0; i+size <= len(part); i += size {
				if i%(row*size) == 0 && ctx.Err() != nil {
					return ctx.Err()
				}
				convert(part[i : i+size : i+size])
			}
			return nil
		})
	}
	return group.Wait()
}

// recovered makes an error of a panic: profiles are believed in what they say, and come from anybody.
func recovered(err *error) {
	if value := recover(); value != nil {
		*err = fmt.Errorf("the colour profile makes no sense: %v", value)
	}
}

// unit is a value between 0 and 1.
func unit[T uint8 | uint16](v T) float64 { return float64(v) / float64(^T(0)) }

// whole is the nearest of the values that T has; nonsense is 0.
func whole[T uint8 | uint16](v float64) T {
	if !(v > 0) {
		return 0
	}
	return T(math.Round(min(v, 1) * float64(^T(0))))
}
