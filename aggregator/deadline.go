package aggregator

import "time"

// DeadlineKind says what happens on a day that a text names.
type DeadlineKind string

// The kinds of days.
const (
	Frist  DeadlineKind = "Frist"  // something has to be done by then
	Termin DeadlineKind = "Termin" // something takes place then
)

// Deadline is a day that a text names as the end of a term or as the date of an
// event. It is never made up of two sentences.
type Deadline struct {
	Kind     DeadlineKind
	Start    time.Time // the hour of the event or of the term's end; the day's midnight if AllDay
	End      time.Time // midnight of the last day if there are several, else zero
	AllDay   bool      // no time of day is given
	Sentence string    // in which it is said, as the text has it
}
