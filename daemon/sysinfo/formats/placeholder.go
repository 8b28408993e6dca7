package formats

import (
	"regexp"
	"strings"
)

// placeholder finds texts that makers of boards left where a name or a number
// should stand. They are looked for in lower case, with spaces for punctuation.
var placeholder = regexp.MustCompile(`^(?:default( ?string)?|to ?be ?filled( ?by)?( ?o ?e ?m)?|o ?e ?m|filled by o ?e ?m|fill by o ?e ?m|system (product name|manufacturer|version|serial number|sku|name|uuid)` +
	`|(base ?board|board|chassis|mother ?board|product|sku|type2 ?board|type1 ?product)( ?- ?board)?( ?(serial number|manufacturer|product name|version|asset tag|name|vendor|info))` +
	`|(serial|chassis|asset) ?(number|tag|no)|manufacturer|not (specified|available|applicable|provided|set|defined|present|known|populated)|no (asset tag|asset information|dimm|module( installed)?|enclosure|serial number)` +
	`|out of spec|all series|please change (the )?(product|vendor|system|board) ?(name|serial)?|chassis manufacture|ser ?num|part ?num|asset ?tag ?num|manufacturer ?name|oem ?(define|string)` +
	`|system family|type ?[12] ?(sku|product) ?(number|config ?id|name)[0-9]?|vendor ?name|not settable|to be set by oem|change me` +
	`|none|null|nil|bad index|(part|product|model|sku|type) ?(number|name|id)|sku|model|serial|version|unknow|uninitialized|tbd|to be determined|n a|na|unknown|undefined|undef|unspecified|invalid|empty|blank|reserved|type ?[0-9]?|s ?n|todo` +
	`|manufacturer ?0?[0-9]|serial ?num ?0?[0-9]|asset ?tag ?num ?0?[0-9]|(array )?part ?num ?0?[0-9]|bank ?[0-9]|modulepartnumber ?0?[0-9]|ser ?num ?0?[0-9]` +
	`|[0.\-_ ]+|f{4,}|x+( ?x+)*|[.]+|[*]+|0?123456789(abcdef|0)?|1234567|12345678|0x0+|0xf+|03000200 ?0400 ?0500 ?0006 ?000700080009|00020003 ?0004 ?0005 ?0006 ?000700080009|12345678 ?1234 ?5678 ?90ab ?cddeefaabbcc|(0{8}|f{8}) ?(0{4}|f{4}) ?(0{4}|f{4}) ?(0{4}|f{4}) ?(0{12}|f{12}))$`)

// numbered is a placeholder of one of several things: "A1_Manufacturer0", "Type2 - Board
// Product Name1".
var numbered = regexp.MustCompile(`^(?:(?:a|array|dimm|bank|type|proc|cpu) ?[0-9]{1,2} (?:board )?([a-z][a-z ]*?) ?[0-9]{0,2}|([a-z]+ [a-z ]*[a-z]) ?[0-9]{1,2})$`)

var punctuation = strings.NewReplacer(".", " ", "-", " ", "_", " ", "/", " ", "\\", " ", ",", " ", "<", " ", ">", " ", "(", " ", ")", " ", "[", " ", "]", " ", "#", " ", "!", " ", "$", " ", "\"", " ")

// Meant returns a text of the firmware, "" when it is one that its maker forgot
// to fill in.
func Meant(s string) string {
	s = strings.Trim(s, " \t\r\n\x00\u00a0")
	plain := strings.Join(strings.Fields(punctuation.Replace(strings.ToLower(s))), " ")
	if plain == "" || placeholder.MatchString(plain) || placeholder.MatchString(numbered.ReplaceAllString(plain, "$1$2")) || len(plain) > 2 && strings.Trim(plain, plain[:1]) == "" {
		return ""
	}
	return s
}
