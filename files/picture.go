package files

import (
	"bufio"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/bep/imagemeta"
	"golang.org/x/image/webp"

	"github.com/staffroom-schools/staffroom/staffroom"
)

const (
	// maxPixels is how many pixels a picture may have.
	maxPixels = 40_000_000
	// maxUnpacked is how many bytes of memory its pixels may take, in all frames.
	maxUnpacked = 4 * maxPixels
	// quality of JPEG pictures that are encoded anew.
	quality = 90
)

// redraw encodes a picture anew, upright and in sRGB, so that nothing is left in it but what is to be seen.
func redraw(ctx context.Context, k kind, sent *spool) (*spool, kind, error) {
	drawn, err := sent.beside()
	if err != nil {
		return nil, k, err
	}
	if k.ContentType == typeGIF {
		return drawn, k, redrawGIF(drawn, sent)
	}
	picture, err := decode(ctx, k, sent)
	if err != nil {
		return drawn, k, err
	}
	if k.ContentType == typeWebP { // there is no encoder for it
		k = k.instead(picture)
	}
	if k.ContentType == typeJPEG {
		err = jpeg.Encode(drawn, picture, &jpeg.Options{Quality: quality})
	} else {
		err = png.Encode(drawn, picture)
	}
	if err != nil {
		return drawn, k, fmt.Errorf("files: encode a picture: %w", explain("picture", err))
	}
	return drawn, k, nil
}

// instead is the kind that a WebP picture becomes: PNG if it is transparent somewhere.
func (k kind) instead(picture image.Image) kind {
	contentType := typePNG
	if o, ok := picture.(interface{ Opaque() bool }); ok && o.Opaque() {
		contentType = typeJPEG
	}
	if other, ok := kindOf(contentType); ok {
		return other
	}
	return k
}

// decode reads a picture, after a look at its size, and turns it upright and its colours to sRGB.
func decode(ctx context.Context, k kind, r io.ReadSeeker) (image.Image, error) {
	decodeConfig, decodePicture, format := jpeg.DecodeConfig, jpeg.Decode, imagemeta.JPEG
	switch k.ContentType {
	case typePNG:
		decodeConfig, decodePicture, format = png.DecodeConfig, png.Decode, imagemeta.PNG
	case typeWebP:
		decodeConfig, decodePicture, format = webp.DecodeConfig, webp.Decode, imagemeta.WebP
	}
	config, err := decodeConfig(bufio.NewReader(r))
	if err != nil {
		return nil, damaged(k, err)
	}
	if err := checkSize(config, 1); err != nil {
		return nil, err
	}
	turned := orientation(r, format)
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	profile := colourProfile(k, r)
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	picture, err := decodePicture(bufio.NewReader(r))
	if err != nil {
		return nil, damaged(k, err)
	}
	picture, err = inSRGB(ctx, picture, profile)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, damaged(k, err)
	}
	return upright(picture, turned), nil
}

func damaged(k kind, cause error) error {
	problem := staffroom.Invalid("file", "The picture can't be read: it is damaged, or its sort of %s is not known here. Save it again as JPEG or PNG.", k.Endings[0])
	problem.Cause = cause
	return problem
}

// checkSize refuses a picture that would fill the memory, before it does.
func checkSize(config image.Config, frames int) error {
	pixels := int64(config.Width) * int64(config.Height)
	if pixels <= 0 || pixels > maxPixels || pixels*int64(frames)*bytesPerPixel(config.ColorModel) > maxUnpacked {
		return staffroom.Invalid("file", "The picture is too large (%d × %d pixels in %d frames). Scale it down to at most %d megapixels, and fewer if it moves.",
			config.Width, config.Height, frames, maxPixels/1_000_000)
	}
	return nil
}

func bytesPerPixel(model color.Model) int64 {
	if _, paletted := model.(color.Palette); paletted {
		return 1
	}
	if model == color.RGBA64Model || model == color.NRGBA64Model {
		return 8
	}
	return 4
}

// orientation is how the camera was held, by EXIF: 1 to 8, and 1 where it says nothing sensible.
func orientation(r io.ReadSeeker, format imagemeta.ImageFormat) int {
	found := 1
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return found
	}
	// What can't be read says nothing; the pictures of those cameras stay as they are.
	_, _ = imagemeta.Decode(imagemeta.Options{
		R: r, ImageFormat: format, Sources: imagemeta.EXIF,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool { return tag.Namespace == "IFD0" && tag.Tag == "Orientation" },
		HandleTag: func(tag imagemeta.TagInfo) error {
			if o, ok := tag.Value.(uint16); ok && o >= 1 && o <= 8 {
				found = int(o)
			}
			return nil
		},
		Warnf: func(string, ...any) {},
	})
	return found
}

// upright turns a picture as EXIF's orientation says: 2 is mirrored, 3 upside down, 5 to 8 lie on a side.
func upright(picture image.Image, orientation int) image.Image {
	if orientation == 1 {
		return picture
	}
	bounds := picture.Bounds()
	w, h := bounds.Dx(), bounds.Dy()
	from, drawn := picture.(*image.RGBA)
	if !drawn || bounds.Min != (image.Point{}) {
		from = image.NewRGBA(image.Rect(0, 0, w, h))
		draw.Draw(from, from.Rect, picture, bounds.Min, draw.Src)
	}
	if orientation >= 5 {
		w, h = h, w
	}
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			sx, sy := source(orientation, x, y, w, h)
			at := from.PixOffset(sx, sy)
			copy(to.Pix[to.PixOffset(x, y):], from.Pix[at:at+4])
		}
	}
	return to
}

// source is where the pixel x, y of the upright picture of w by h pixels comes from.
func source(orientation, x, y, w, h int) (sx, sy int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return y, w - 1 - x
	case 7:
		return h - 1 - y, w - 1 - x
	default: // 8
		return h - 1 - y, x
	}
}

// redrawGIF encodes all frames anew, without comments and foreign blocks.
func redrawGIF(w io.Writer, r io.ReadSeeker) error {
	k, _ := kindOf(typeGIF)
	config, err := gif.DecodeConfig(bufio.NewReader(r))
	if err != nil {
		return damaged(k, err)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return err
	}
	frames, err := countFrames(bufio.NewReader(r))
	if err != nil {
		return damaged(k, err)
	}
	if err := checkSize(config, frames); err != nil {
		return err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return err
	}
	all, err := gif.DecodeAll(bufio.NewReader(r))
	if err != nil {
		return damaged(k, err)
	}
	if err := gif.EncodeAll(w, all); err != nil {
		return fmt.Errorf("files: encode a picture: %w", explain("picture", err))
	}
	return nil
}
