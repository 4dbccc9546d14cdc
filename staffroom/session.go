package staffroom

// Session is a member signed in on one browser. The cookie holds a random token, the store only its hash.
type Session struct {
	Meta `json:"meta"`
	// TokenHash is the SHA-256 of the token, in hexadecimal.
	TokenHash string `json:"tokenHash"`
	MemberID  string `json:"memberId"`
	// Browser is what the browser says it is, cut short, for the owner's list of sessions.
	Browser string `json:"browser,omitempty"`
	// IDToken is kept for signing out at the provider.
	IDToken string `json:"idToken,omitempty"`
	// ProviderSession is the provider's name for the session (sid), for back-channel sign-out.
	ProviderSession string `json:"providerSession,omitempty"`
	LastSeenAt      Time   `json:"lastSeenAt"`
	// IdleUntil moves on with use, at most to ExpiresAt.
	IdleUntil Time `json:"idleUntil"`
	ExpiresAt Time `json:"expiresAt"`
	// Rights is what the member was allowed to when the token was made; see [Sessions.Renew].
	Rights string `json:"rights,omitempty"`
	// ReplacedAt is when a session with a new token took the place of this one; zero while none has.
	ReplacedAt Time `json:"replacedAt,omitzero"`
}

// SignIn is a sign-in that began and has not come back from the provider yet.
type SignIn struct {
	Meta `json:"meta"`
	// StateHash is the SHA-256 of the state parameter, in hexadecimal.
	StateHash string `json:"stateHash"`
	// BrowserHash is the SHA-256 of the cookie that binds it to the browser that began.
	BrowserHash string `json:"browserHash"`
	Nonce       string `json:"nonce"`
	// Verifier is the secret of PKCE (RFC 7636).
	Verifier string `json:"verifier"`
	// ReturnTo is the local path to go to afterwards.
	ReturnTo  string `json:"returnTo"`
	ExpiresAt Time   `json:"expiresAt"`
}

// Fields of sessions and sign-ins that queries name.
const (
	FieldSessionToken    Field = "tokenHash"
	FieldSessionMember   Field = "memberId"
	FieldSessionProvider Field = "providerSession"
	FieldSessionExpires  Field = "expiresAt"
	FieldSignInState     Field = "stateHash"
	FieldSignInExpires   Field = "expiresAt"
)

// SessionSchema is how sessions are stored.
var SessionSchema = Schema{
	Name:   "sessions",
	Prefix: PrefixSession,
	Fields: []FieldSpec{
		{Path: FieldSessionToken, Type: TypeText},
		{Path: FieldSessionMember, Type: TypeText},
		{Path: FieldSessionProvider, Type: TypeText},
		{Path: FieldSessionExpires, Type: TypeTime},
	},
	Indexes: []IndexSpec{
		{Name: "token", Fields: []Field{FieldSessionToken}, Unique: true},
		{Name: "member", Fields: []Field{FieldSessionMember}},
		{Name: "provider", Fields: []Field{FieldSessionProvider}},
		{Name: "expires", Fields: []Field{FieldSessionExpires}, Expires: true},
	},
}

// SignInSchema is how sign-ins under way are stored.
var SignInSchema = Schema{
	Name:   "signIns",
	Prefix: PrefixSignIn,
	Noun:   "sign-in",
	Fields: []FieldSpec{
		{Path: FieldSignInState, Type: TypeText},
		{Path: FieldSignInExpires, Type: TypeTime},
	},
	Indexes: []IndexSpec{
		{Name: "state", Fields: []Field{FieldSignInState}, Unique: true},
		{Name: "expires", Fields: []Field{FieldSignInExpires}, Expires: true},
	},
}
