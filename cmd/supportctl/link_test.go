package main

import (
	"image"
	"image/color"
	"regexp"
	"strings"
	"testing"

	goqr "github.com/piglig/go-qr"
)

// A camera reads from the picture what it was made of, with colours and without.
func TestThePictureOfALinkIsRead(t *testing.T) {
	for _, link := range []string{"https://relay.example/j/482913077", "http://127.0.0.1:8080/j/482913077", "https://[2001:db8::1]:8443/j/482913077"} {
		for _, coloured := range []bool{true, false} {
			drawn, err := drawQR(link, coloured)
			if err != nil {
				t.Fatal(err)
			}
			if coloured != strings.Contains(drawn, "\x1b[") {
				t.Errorf("coloured %v: %.40q", coloured, drawn)
			}
			if got, err := goqr.Decode(pictureOf(drawn)); err != nil || got != link {
				t.Errorf("%s is read as %q, %v", link, got, err)
			}
		}
	}
}

// pictureOf is what a camera sees of half blocks on a dark terminal.
func pictureOf(drawn string) image.Image {
	const pixels = 6 // of a module
	lines := strings.Split(strings.TrimSuffix(regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(drawn, ""), "\n"), "\n")
	width := len([]rune(lines[0]))
	picture := image.NewGray(image.Rect(0, 0, width*pixels, 2*len(lines)*pixels))
	for i, line := range lines {
		for x, block := range []rune(line) {
			for half, light := range []bool{block == '█' || block == '▀', block == '█' || block == '▄'} {
				if !light {
					continue
				}
				for p := range pixels * pixels {
					picture.SetGray(x*pixels+p%pixels, (2*i+half)*pixels+p/pixels, color.Gray{Y: 255})
				}
			}
		}
	}
	return picture
}
