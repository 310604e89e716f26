package main

// moved gives areas of the 2016 list the keys they have today, so that a page
// or feed of a place has the key that others use. It holds only what was
// renumbered under the same name; "" drops what no longer exists as such.
// Gemeinden that merged under a new name keep their old row, which leads to
// the right Land, and the new name stands in places.tsv. Source: the keys that
// GeoNames gives to the same places.
var moved = map[string]string{
	"03152":    "03159",    // Landkreis Göttingen, united with Osterode am Harz
	"03152001": "03159001", // Adelebsen
	"03152002": "03159005", // Bilshausen
	"03152003": "03159006", // Bodensee
	"03152004": "03159007", // Bovenden
	"03152005": "03159008", // Bühren
	"03152006": "03159009", // Dransfeld
	"03152007": "03159010", // Duderstadt
	"03152008": "03159011", // Ebergötzen
	"03152009": "03159013", // Friedland
	"03152010": "03159014", // Gieboldehausen
	"03152011": "03159015", // Gleichen
	"03152012": "03159016", // Göttingen
	"03152013": "03159021", // Jühnde
	"03152014": "03159022", // Krebeck
	"03152015": "03159023", // Landolfshausen
	"03152016": "03159017", // Hann. Münden
	"03152017": "03159024", // Niemetal
	"03152018": "03159025", // Obernfeld
	"03152019": "03159027", // Rhumspringe
	"03152020": "03159028", // Rollshausen
	"03152021": "03159029", // Rosdorf
	"03152022": "03159030", // Rüdershausen
	"03152023": "03159031", // Scheden
	"03152024": "03159032", // Seeburg
	"03152025": "03159033", // Seulingen
	"03152026": "03159034", // Staufenberg
	"03152027": "03159035", // Waake
	"03152028": "03159037", // Wollbrandshausen
	"03152029": "03159038", // Wollershausen
	"03153007": "03153019", // Langelsheim
	"03154010": "03154028", // Helmstedt
	"03156":    "",         // Landkreis Osterode am Harz
	"03156002": "03159003", // Bad Lauterberg im Harz
	"03156003": "03159004", // Bad Sachsa
	"03156006": "03159012", // Elbingerode
	"03156008": "03159018", // Hattorf am Harz
	"03156009": "03159019", // Herzberg am Harz
	"03156010": "03159020", // Hörden am Harz
	"03156011": "03159026", // Osterode am Harz
	"03156012": "03159036", // Walkenried
	"03156013": "",         // Wieda, now Walkenried
	"03156015": "03159039", // Wulften am Harz
	"03156016": "",         // Zorge, now Walkenried
	"03156017": "03159002", // Bad Grund (Harz)
	"03251048": "03251049", // Bruchhausen-Vilsen
	"03254016": "03254042", // Freden (Leine)
	"03254018": "03254043", // Gronau (Leine)
	"03254023": "03254044", // Lamspringe
	"03254031": "03254045", // Sibbesse
	"03254037": "03254041", // Duingen
	"03352009": "03352063", // Cadenberge
	"03358022": "03358024", // Walsrode
	"07132074": "07132502", // Neitersen
	"07232021": "07232502", // Brimingen
	"13075057": "13075156", // Karlsburg
	"13076139": "13076169", // Toddin
	"16056":    "",         // Eisenach is no kreisfreie Stadt any more
	"16056000": "16063105", // Eisenach
	"16061025": "16061118", // Dingelstädt
	"16062002": "16062066", // Bleicherode
	"16063102": "16066095", // Kaltennordheim
	"16065002": "16065086", // Artern/Unstrut
	"16065023": "16065089", // Greußen
	"16067025": "16067092", // Georgenthal/Thür. Wald
	"16067086": "16067089", // Drei Gleichen
	"16068006": "16068063", // Buttstädt
	"16068029": "16068064", // Kindelbrück
	"16070025": "16070058", // Großbreitenbach
}
