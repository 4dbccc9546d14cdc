package server

import (
	"time"

	"github.com/staffroom-schools/staffroom/staffroom"
)

// Limits is how much one request, one connection, one viewer and all together may ask for. Each is named and explained
// in docs/limits.md, which a test compares with this struct.
type Limits struct {
	// Size of what comes in, in bytes.
	HeaderBytes, BodyBytes, UploadBytes, FileBytes int
	// Bodies and messages from LargeBodyBytes on take a place: all that are held at one time may have BodyRoomBytes.
	LargeBodyBytes, BodyRoomBytes int
	// Values is how many values the JSON of a request may have, and Files how many files it may upload.
	Values, Files int

	// Shape of a document, over all of its operations, fragments spread out.
	Tokens, Fragments, Depth, Fields, Repeats, RootFields, Aliases, Directives int
	// Cost of an operation; see cost.go.
	Cost int
	// PageSize is the most that first and last may ask for, DefaultPage what they mean when left out, IDs the longest
	// list of ids, and AssumedList what a list that has no page size counts as. Searching is what a field costs more that looks for
	// words or near a place: that work does not hang on the page. Rendering is what HTML costs more, which is made when it is asked for.
	PageSize, DefaultPage, IDs, AssumedList, Searching, Rendering int
	// Errors is how many errors a response lists, and ErrorLength how long a message about a document may be. AnswerBytes is how long an answer
	// may be.
	Errors, ErrorLength, AnswerBytes int

	// Caches of checked documents and of documents known by hash: how many, and how many bytes of text.
	CachedDocuments, CachedDocumentBytes, PersistedDocuments, PersistedDocumentBytes int

	// Cost of what is under way at one time, over the whole server: of small queries (which cost at most SmallCost), of large ones and of
	// answers to events, for each processor, as are the bytes of new documents that are looked at (CheckBytes); of mutations, which weigh WriteCost more, in all. Everything weighs LeastCost at least. Waiting
	// is how many times as much may wait.
	SmallCost, SmallRoom, LargeRoom, EventRoom, WriteRoom, WriteCost, LeastCost, CheckBytes, Waiting int
	// RenderBytes is how many bytes of text HTML is made of at one time, by all processors but one each: who needs more
	// than that gets a turn after the other. An answer of more than LongAnswerBytes needs room; all of these may have
	// AnswerRoomBytes.
	RenderBytes, LongAnswerBytes, AnswerRoomBytes int
	// An operation that reads documents of more than LongReadBytes in all needs room, and none may read more than ReadBytes; all of them may have
	// ReadRoomBytes.
	LongReadBytes, ReadBytes, ReadRoomBytes int
	// At one time, over the whole server.
	Uploads, Sockets int
	// UploadSpeed is how many bytes of an upload must come a second, over UploadPatience.
	UploadSpeed int
	// SocketsPerViewer is how many sockets and streams one member, or one address of visitors, may hold.
	SocketsPerViewer int
	// On one socket: operations at a time, messages a second, bytes of a message.
	SocketOperations, SocketMessages, SocketMessageBytes int

	// Points a minute: for visitors by address, for members, and for third-party clients over all of their members; zero is
	// no limit. A query costs one point for each CostPerPoint of its cost, at least one; a large body or message one for each
	// BytesPerPoint; a root field of a mutation MutationPoints. BadCredentials is how many access tokens and cookies that are no good may come from an address a minute.
	// Buckets is how many of them all are remembered.
	AddressPoints, ViewerPoints, ClientPoints, CostPerPoint, BytesPerPoint, MutationPoints, BadCredentials, Buckets int

	// How long things may take.
	HeaderTimeout, BodyTimeout, UploadTimeout, UploadPatience, RequestTimeout, DownloadTimeout, QueueTimeout, IdleTimeout time.Duration
	// Of sockets and streams: until connection_init, between pings, until a pong or a write is through, between checks that
	// the session still holds.
	InitTimeout, PingInterval, WriteTimeout, RecheckInterval time.Duration
	// ReadyTimeout bounds each check of /readyz.
	ReadyTimeout time.Duration
	// At the end: not ready but still answering, and then until requests under way are cut off.
	DrainNotice, DrainTimeout time.Duration
}

// DefaultLimits is what a server uses that was told nothing else.
func DefaultLimits() Limits {
	return Limits{
		HeaderBytes:    32 << 10,
		BodyBytes:      1280 << 10, // the longest text, if each of its characters is sent as \ud83d\ude00, and what is around it
		UploadBytes:    110 << 20,
		FileBytes:      staffroom.MaxFileBytes,
		LargeBodyBytes: 64 << 10,
		BodyRoomBytes:  64 << 20,
		Values:         10_000,
		Files:          10,

		Tokens:      5000,
		Fragments:   100,
		Depth:       20,
		Fields:      1000,
		Repeats:     20,
		RootFields:  20,
		Aliases:     50,
		Directives:  50,
		Cost:        50_000,
		PageSize:    100,
		DefaultPage: 20,
		IDs:         100,
		AssumedList: 10,
		Searching:   500,
		Rendering:   20,
		Errors:      20,
		ErrorLength: 300,
		AnswerBytes: 16 << 20,

		CachedDocuments:        1000,
		CachedDocumentBytes:    4 << 20,
		PersistedDocuments:     1000,
		PersistedDocumentBytes: 4 << 20,

		SmallCost:  1000,
		SmallRoom:  20_000,
		LargeRoom:  50_000,
		EventRoom:  2000,
		WriteRoom:  100_000,
		WriteCost:  1000,
		LeastCost:  100,
		CheckBytes: 16 << 10,
		Waiting:    20,

		RenderBytes:     64 << 10,
		LongAnswerBytes: 256 << 10,
		AnswerRoomBytes: 64 << 20,
		LongReadBytes:   1 << 20,
		ReadBytes:       48 << 20,
		ReadRoomBytes:   48 << 20,

		Uploads:            16,
		UploadSpeed:        8 << 10,
		Sockets:            20_000,
		SocketsPerViewer:   200,
		SocketOperations:   50,
		SocketMessages:     50,
		SocketMessageBytes: 1280 << 10,

		AddressPoints:  6000,
		ViewerPoints:   6000,
		ClientPoints:   60_000,
		CostPerPoint:   100,
		BytesPerPoint:  4 << 10,
		MutationPoints: 10,
		BadCredentials: 600,
		Buckets:        50_000,

		HeaderTimeout:   10 * time.Second,
		BodyTimeout:     30 * time.Second,
		UploadTimeout:   10 * time.Minute,
		UploadPatience:  10 * time.Second,
		RequestTimeout:  30 * time.Second,
		DownloadTimeout: 30 * time.Minute,
		QueueTimeout:    5 * time.Second,
		IdleTimeout:     2 * time.Minute,
		InitTimeout:     10 * time.Second,
		PingInterval:    25 * time.Second,
		WriteTimeout:    10 * time.Second,
		RecheckInterval: time.Minute,
		ReadyTimeout:    2 * time.Second,
		DrainNotice:     500 * time.Millisecond,
		DrainTimeout:    20 * time.Second,
	}
}
