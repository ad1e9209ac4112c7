//! Everything that can happen and is written down, in the words of the business.
//!
//! An event names persons and things by identifier only: no name, no CPR number, no secret, so that erasing
//! a person leaves the log whole. A variant is never renamed and never loses a field; the log outlives us. It is one
//! enum, and long for it: whoever reads the log has one place where every event there ever was is explained.

use portner_domain::assurance::Assessment;
use portner_domain::authenticator::{Ceremony, Kind};
use portner_domain::help::{CallerCheck, Help, SecondHalf};
use portner_domain::identity::{Cvr, Employment};
use portner_domain::letter::{BothWords, LetterKind};
use portner_domain::life::{Admission, Locker};
use portner_domain::proofing::Evidence;
use portner_domain::right::{Group, Right};
use portner_domain::role::{Proposal, Role};
use portner_domain::signing_key::{KeyState, Urgency};
use portner_domain::unit::Unit;
use portner_domain::{
    AuthenticatorId, FeedRunId, FlowId, IdentityId, InvitationId, Level, Moment, PersonId, ProofingId,
    ProposalId, Reference, ServiceProviderId,
};
use serde::{Deserialize, Serialize};

use crate::EventId;

/// Something that happened.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Event {
    /// An organisation got its name, or another one.
    OrganisationNamed {
        /// Its number in the business register.
        cvr: Cvr,
        /// Its name.
        name: String,
    },
    /// A person was entered.
    PersonRegistered {
        /// Who.
        person: PersonId,
    },
    /// A professional identity was made for a person.
    IdentityRegistered {
        /// The identity.
        identity: IdentityId,
        /// Whose it is.
        person: PersonId,
        /// How the bond with the organisation is known.
        employment: Employment,
    },
    /// An identity may not be used; its sessions are over.
    IdentityLocked {
        /// Which.
        identity: IdentityId,
        /// Whose lock it is.
        #[serde(default = "administrator")]
        locker: Locker,
        /// Why, in the words of whoever did it.
        why: String,
    },
    /// A lock was lifted; without any left, the identity may be used again.
    IdentityUnlocked {
        /// Which.
        identity: IdentityId,
        /// Whose lock it was.
        #[serde(default = "administrator")]
        locker: Locker,
        /// Why, in the words of whoever did it.
        why: String,
    },
    /// The key under which numbers are looked up was made, at the first start.
    LookUpKeyMade,
    /// Somebody decided whether an identity may have a level.
    AdmissionChanged {
        /// Which.
        identity: IdentityId,
        /// May it?
        admission: Admission,
        /// Why, in their words.
        why: String,
    },
    /// From when and until when an identity may be used was set.
    ValidityChanged {
        /// Which.
        identity: IdentityId,
        /// Not before.
        from: Option<Moment>,
        /// No more from then on.
        until: Option<Moment>,
    },
    /// An employment is over, and with it the identity, its roles, groups and rights.
    IdentityEnded {
        /// Which.
        identity: IdentityId,
        /// Why, in the words of whoever did it.
        why: String,
    },
    /// Somebody came back; the identity begins anew.
    IdentityResumed {
        /// Which.
        identity: IdentityId,
        /// Why, in the words of whoever did it.
        why: String,
    },
    /// What was known of an identity is gone.
    IdentityErased {
        /// Which.
        identity: IdentityId,
    },
    /// What was known of a person is gone, and the key of what was sealed for them.
    PersonErased {
        /// Who.
        person: PersonId,
    },
    /// What is on record of an identity was changed: where somebody works, what they are called, how to write to them.
    IdentityChanged {
        /// Which.
        identity: IdentityId,
        /// The names of what was changed, never what it says.
        fields: Vec<String>,
    },
    /// A person has another name in the population register. Until somebody made sure, nothing they bind has a level.
    PersonRenamed {
        /// Who.
        person: PersonId,
    },
    /// A person has a CPR number on record, or another one. The number is not in here.
    CprRecorded {
        /// Who.
        person: PersonId,
    },
    /// Somebody made sure that what is on record of a person is who was proofed.
    PersonConfirmed {
        /// Who.
        person: PersonId,
        /// How, in their words.
        why: String,
    },
    /// A CPR number was looked up.
    CprLookedUp {
        /// Whom it led to, if anybody.
        found: Vec<IdentityId>,
        /// Why, in the words of whoever did it.
        why: String,
    },
    /// What is on record of somebody was read by somebody else.
    PersonSeen {
        /// Of whom.
        identity: IdentityId,
    },
    /// A proofing turned out to be worth nothing.
    ProofingWithdrawn {
        /// The record.
        proofing: ProofingId,
        /// Whose.
        person: PersonId,
        /// Why: a stable word, or the words of whoever did it.
        why: String,
    },
    /// Something was proposed that needs a second person.
    Proposed {
        /// The proposal.
        id: ProposalId,
        /// What.
        proposal: Proposal,
        /// Why, in the words of whoever asked.
        why: String,
    },
    /// A second person agreed to a proposal. What it leads to follows in the same transaction.
    Agreed {
        /// The proposal.
        id: ProposalId,
        /// What.
        proposal: Proposal,
    },
    /// A proposal was declined.
    Declined {
        /// The proposal.
        id: ProposalId,
        /// What.
        proposal: Proposal,
    },
    /// A person's identity was proofed.
    ProofingRecorded {
        /// The record.
        proofing: ProofingId,
        /// Whose.
        person: PersonId,
        /// What was checked.
        evidence: Evidence,
        /// What that is worth.
        level: Level,
    },
    /// An authenticator was bound to an identity.
    AuthenticatorBound {
        /// The authenticator.
        authenticator: AuthenticatorId,
        /// Whose.
        identity: IdentityId,
        /// What it is.
        authenticator_kind: Kind,
        /// How it came to them.
        ceremony: Ceremony,
        /// The level it was registered at.
        level: Option<Level>,
    },
    /// An authenticator was used, and it was right.
    AuthenticatorAccepted {
        /// Which.
        authenticator: AuthenticatorId,
        /// Whose.
        identity: IdentityId,
        /// What it is.
        authenticator_kind: Kind,
        /// In which login.
        flow: FlowId,
    },
    /// An attempt to use an authenticator failed.
    AuthenticatorRefused {
        /// Whose, if the user name is anybody's.
        identity: Option<IdentityId>,
        /// What was tried.
        authenticator_kind: Kind,
        /// In which login.
        flow: FlowId,
        /// Why it failed: a stable code.
        why: String,
    },
    /// A right password was hashed anew, because its hash was worth less than one made now.
    PasswordRehashed {
        /// Which.
        authenticator: AuthenticatorId,
        /// Whose.
        identity: IdentityId,
        /// Scheme and cost before.
        from: String,
        /// Scheme and cost now.
        to: String,
    },
    /// A right password falls short of the rules for passwords, and has to be changed.
    PasswordFallsShort {
        /// Which.
        authenticator: AuthenticatorId,
        /// Whose.
        identity: IdentityId,
        /// Of which rule: a stable code.
        why: String,
        /// Until when it may be used.
        change_by: Moment,
    },
    /// A password that fell short meets the rules again.
    PasswordMeetsRules {
        /// Which.
        authenticator: AuthenticatorId,
        /// Whose.
        identity: IdentityId,
    },
    /// So much was guessed at a factor in a row that it is closed until it gets help.
    FactorClosed {
        /// Whose.
        identity: IdentityId,
        /// Which: codes of every kind are guessed at as one.
        authenticator_kind: Kind,
    },
    /// An account that had been guessed at was opened again before its time.
    FactorsReopened {
        /// Whose.
        identity: IdentityId,
        /// Why: in the words of whoever did it, or the level of the session that asked.
        why: String,
    },
    /// A code on paper was used up, in the same transaction in which it was accepted.
    RecoveryCodeUsed {
        /// The set it belongs to.
        authenticator: AuthenticatorId,
        /// Whose.
        identity: IdentityId,
        /// How many of the set still work.
        left: u64,
    },
    /// A device that shows codes was entered.
    CodeDeviceAdded {
        /// Its serial number.
        serial: String,
    },
    /// A device that shows codes was given to somebody.
    CodeDeviceAssigned {
        /// Its serial number.
        serial: String,
        /// What it is to its owner.
        authenticator: AuthenticatorId,
        /// Who.
        identity: IdentityId,
    },
    /// A device that shows codes is nobody's any more.
    CodeDeviceReleased {
        /// Its serial number.
        serial: String,
        /// A stable word for what became of it: in-stock, retired, lost.
        state: String,
    },
    /// The clock of a device that shows codes was learnt anew.
    CodeDeviceResynced {
        /// Its serial number.
        serial: String,
        /// How many steps it is ahead of ours.
        drift: i64,
    },
    /// Somebody was invited to choose a first password. Earlier invitations work no more.
    InvitationMade {
        /// Which.
        invitation: InvitationId,
        /// Who.
        identity: IdentityId,
        /// Until when it works.
        expires: Moment,
        /// The proofing with which it was handed over in person; none if it was not.
        proofing: Option<ProofingId>,
    },
    /// A browser began with an invitation, and no other can.
    InvitationBegun {
        /// Which.
        invitation: InvitationId,
        /// Who was invited.
        identity: IdentityId,
    },
    /// An invitation was used, and works no more.
    InvitationUsed {
        /// Which.
        invitation: InvitationId,
        /// Who was invited.
        identity: IdentityId,
    },
    /// Somebody was told what happened to their means of logging in.
    NoticeSent {
        /// Who.
        identity: IdentityId,
        /// The first of the events they were told of.
        about: EventId,
    },
    /// Somebody could not be told what happened to their means of logging in.
    NoticeGivenUp {
        /// Who.
        identity: IdentityId,
        /// The first of the events they were to be told of.
        about: EventId,
        /// Why: a stable code.
        why: String,
    },
    /// The network password of an identity, as the directory had it then, was bound as its password here.
    NetworkPasswordAdopted {
        /// Whose.
        identity: IdentityId,
        /// The password here.
        authenticator: AuthenticatorId,
    },
    /// Somebody holds a role.
    RoleGranted {
        /// Who.
        identity: IdentityId,
        /// Which.
        role: Role,
        /// In which part of the organisation; everywhere if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<Unit>,
        /// Until when; until it is taken away if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Moment>,
    },
    /// Somebody holds a role no more.
    RoleWithdrawn {
        /// Who.
        identity: IdentityId,
        /// Which.
        role: Role,
        /// In which part of the organisation; everywhere if absent.
        unit: Option<Unit>,
    },
    /// An identity belongs to a group.
    GroupJoined {
        /// Who.
        identity: IdentityId,
        /// Which.
        group: Group,
    },
    /// An identity belongs to a group no more.
    GroupLeft {
        /// Who.
        identity: IdentityId,
        /// Which.
        group: Group,
    },
    /// An identity may do something at a service provider.
    RightGranted {
        /// Who.
        identity: IdentityId,
        /// What, and where.
        right: Right,
    },
    /// An identity may do it no more.
    RightWithdrawn {
        /// Who.
        identity: IdentityId,
        /// What, and where.
        right: Right,
    },
    /// A one-time link for the first administrator was made.
    SetupLinkMade {
        /// Until when it works.
        expires: Moment,
    },
    /// The link was used.
    SetupLinkUsed,
    /// A service provider was registered.
    ServiceProviderAdded {
        /// Its identifier here.
        service_provider: ServiceProviderId,
        /// Its entityID.
        entity_id: String,
        /// SHA-256 of its metadata file, in hexadecimal.
        metadata_sha256: String,
        /// SHA-256 of its policy, in hexadecimal.
        policy_sha256: String,
    },
    /// A service provider's metadata or policy was replaced.
    ServiceProviderChanged {
        /// Its identifier here.
        service_provider: ServiceProviderId,
        /// SHA-256 of its metadata file, in hexadecimal.
        metadata_sha256: String,
        /// SHA-256 of its policy, in hexadecimal.
        policy_sha256: String,
    },
    /// A service provider gets no more answers.
    ServiceProviderDisabled {
        /// Which.
        service_provider: ServiceProviderId,
    },
    /// A service provider gets answers again.
    ServiceProviderEnabled {
        /// Which.
        service_provider: ServiceProviderId,
    },
    /// Where a service provider's metadata comes from, and what has to sign it, was set.
    MetadataSourceSet {
        /// Whose.
        service_provider: ServiceProviderId,
        /// Its address; none if it is brought by hand.
        url: Option<String>,
        /// SHA-256 of the certificate that has to sign it, in hexadecimal.
        certificate_sha256: Option<String>,
    },
    /// Metadata was fetched in which nothing was of concern, and took the place of the version before.
    MetadataRefreshed {
        /// Whose.
        service_provider: ServiceProviderId,
        /// SHA-256 of the new version, in hexadecimal.
        metadata_sha256: String,
        /// What differs, in words.
        changes: Vec<String>,
    },
    /// Metadata was fetched that is not used until somebody approves it.
    MetadataHeld {
        /// Whose.
        service_provider: ServiceProviderId,
        /// SHA-256 of the version that waits, in hexadecimal.
        metadata_sha256: String,
        /// Why, as stable codes.
        concerns: Vec<String>,
    },
    /// What waited is not published any more, and waits no longer.
    MetadataWithdrawn {
        /// Whose.
        service_provider: ServiceProviderId,
        /// SHA-256 of the version that waited, in hexadecimal.
        metadata_sha256: String,
    },
    /// Somebody approved what waited; it is used from now on.
    MetadataApproved {
        /// Whose.
        service_provider: ServiceProviderId,
        /// SHA-256 of the version, in hexadecimal.
        metadata_sha256: String,
        /// What was of concern in it, as stable codes.
        concerns: Vec<String>,
    },
    /// Somebody rejected what waited.
    MetadataRejected {
        /// Whose.
        service_provider: ServiceProviderId,
        /// SHA-256 of the version, in hexadecimal.
        metadata_sha256: String,
    },
    /// Metadata could not be fetched, or not be used: the first time after it could.
    MetadataRefreshFailed {
        /// Whose.
        service_provider: ServiceProviderId,
        /// Why, in a sentence.
        why: String,
    },
    /// A service provider was given a name for an identity.
    NameIdAssigned {
        /// Whose.
        identity: IdentityId,
        /// Toward whom.
        service_provider: ServiceProviderId,
    },
    /// A circle of service providers was given one name for an identity.
    SharedNameIdAssigned {
        /// Whose.
        identity: IdentityId,
        /// What the circle is called.
        circle: String,
        /// Which of them asked first.
        service_provider: ServiceProviderId,
    },
    /// Somebody was logged in and may not use a service provider.
    AccessDenied {
        /// Who.
        identity: IdentityId,
        /// What they wanted to use.
        service_provider: ServiceProviderId,
        /// The identifier of the request.
        request_id: String,
        /// A stable code.
        why: String,
    },
    /// A request was refused on a local page; nothing was sent to anybody.
    RequestRefused {
        /// What the page told the user.
        reference: Reference,
        /// A stable code.
        why: String,
        /// The issuer that the request claimed, if it could be read. Not verified.
        claimed_issuer: Option<String>,
    },
    /// A verified request was answered with a status and no assertion.
    RequestAnswered {
        /// Who asked.
        service_provider: ServiceProviderId,
        /// The identifier of the request.
        request_id: String,
        /// The status codes, top and second.
        status: String,
        /// Who was to log in, if that was known.
        identity: Option<IdentityId>,
    },
    /// A session began, or goes on under a new secret after another factor was proved.
    SessionBegun {
        /// Whose.
        identity: IdentityId,
        /// Its name, the same until it ends.
        session: String,
    },
    /// A session was ended by its owner.
    SessionEnded {
        /// Whose.
        identity: IdentityId,
        /// Its public name.
        session: String,
    },
    /// A session was ended by a service provider, in the name of its owner.
    SessionEndedByServiceProvider {
        /// Whose.
        identity: IdentityId,
        /// Its public name.
        session: String,
        /// Who asked for it.
        service_provider: ServiceProviderId,
        /// The identifier of the request.
        request_id: String,
    },
    /// All sessions of an identity were ended; it may log in again.
    SessionsEnded {
        /// Whose.
        identity: IdentityId,
        /// Why, in the words of whoever did it.
        why: String,
    },
    /// The browser is being sent to a service provider, to log out there.
    LogoutRequested {
        /// Whose logout it is.
        identity: Option<IdentityId>,
        /// Who is asked.
        service_provider: ServiceProviderId,
        /// The identifier of the request.
        request_id: String,
        /// The public names of the sessions it is about.
        sessions: Vec<String>,
    },
    /// What became of logging out at a service provider.
    LogoutOutcome {
        /// Whose logout it is.
        identity: Option<IdentityId>,
        /// Who was asked, or was to be.
        service_provider: ServiceProviderId,
        /// The identifier of the request, if there was one.
        request_id: Option<String>,
        /// A stable word: logged-out, failed, no-answer, not-reached, not-asked.
        outcome: String,
        /// What the service provider said, if it failed: status codes.
        status: Option<String>,
    },
    /// An assertion was issued. Boxed: it is the largest by far.
    AssertionIssued(Box<AssertionIssued>),
    /// A key pair was made, for which a certificate has yet to come.
    SigningKeyMade {
        /// The first half of the SHA-256 of its public key, in hexadecimal.
        public_key: String,
        /// Where its private half is: a file, or a token.
        place: String,
    },
    /// A signing key became known.
    SigningKeyAdded {
        /// Its name: the first half of its certificate's SHA-256, in hexadecimal.
        key_id: String,
        /// Where its private half is: a file, or a token.
        place: String,
        /// How it came to us.
        origin: KeyOrigin,
        /// Where in its life it begins.
        state: KeyState,
        /// Until when its certificate is valid.
        not_after: Moment,
    },
    /// A signing key went on in its life.
    SigningKeyMoved {
        /// Which.
        key_id: String,
        /// From.
        from: KeyState,
        /// To.
        to: KeyState,
        /// How pressing it was.
        urgency: Urgency,
    },
    /// A service provider is signed for with a key of its own.
    SigningKeyPinned {
        /// For whom.
        service_provider: ServiceProviderId,
        /// Which key.
        key_id: String,
        /// Until when, if not until further notice.
        until: Option<Moment>,
    },
    /// A service provider is signed for as everybody else.
    SigningKeyUnpinned {
        /// For whom.
        service_provider: ServiceProviderId,
    },
    /// A certificate ends soon. Written once for each certificate and number of days.
    CertificateEndsSoon {
        /// Its name.
        key_id: String,
        /// Whose it is; ours if absent.
        service_provider: Option<ServiceProviderId>,
        /// The warning: within so many days.
        within_days: u32,
        /// When it ends.
        not_after: Moment,
    },
    /// A person gave an authenticator of theirs a name, or another one. The name is theirs and not in here.
    AuthenticatorRenamed {
        /// Which.
        authenticator: AuthenticatorId,
        /// Whose.
        identity: IdentityId,
        /// What it is.
        authenticator_kind: Kind,
    },
    /// An authenticator is bound no more.
    AuthenticatorRemoved {
        /// Which.
        authenticator: AuthenticatorId,
        /// Whose.
        identity: IdentityId,
        /// What it was.
        authenticator_kind: Kind,
    },
    /// An authenticator was reported lost, and is bound no more.
    AuthenticatorReportedLost {
        /// Which.
        authenticator: AuthenticatorId,
        /// Whose.
        identity: IdentityId,
        /// What it was.
        authenticator_kind: Kind,
    },
    /// A session was ended from another browser, or to make room. What it told is for its own browser to undo.
    SessionEndedElsewhere {
        /// Whose.
        identity: IdentityId,
        /// Its public name.
        session: String,
        /// A stable word: owner, password-changed, too-many.
        why: String,
    },
    /// A version of the terms of use was put into force.
    TermsPublished {
        /// Its name.
        version: String,
        /// SHA-256 of the Danish text, in hexadecimal.
        danish_sha256: String,
        /// SHA-256 of the English text, in hexadecimal.
        english_sha256: String,
    },
    /// A person agreed to a version of the terms of use.
    TermsAccepted {
        /// Who.
        identity: IdentityId,
        /// Which version.
        version: String,
        /// The session in which they did, by its public name.
        session: String,
        /// How well they were recognised in it.
        aal: Option<Level>,
        /// SHA-256 of the text that they were shown, in hexadecimal. Not in the oldest events.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text_sha256: Option<String>,
        /// The network address from which they did. Not in the oldest events.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<String>,
    },
    /// What a FIDO credential said of itself when it was bound.
    FidoCredentialRecorded {
        /// Which.
        authenticator: AuthenticatorId,
        /// Its model: the AAGUID.
        aaguid: String,
        /// Who vouches for the model: a stable word.
        attestation: String,
        /// Did it ask its owner?
        user_verified: bool,
        /// May it be copied to other devices?
        backup_eligible: bool,
    },
    /// A FIDO credential was presented and is not bound to anybody by that.
    FidoCredentialDeclined {
        /// Who presented it.
        identity: IdentityId,
        /// Its model, as far as it was read.
        aaguid: Option<String>,
        /// A stable code.
        why: String,
    },
    /// A FIDO credential may be in other hands: it is counted twice, or its model is known to be broken.
    FidoCredentialSuspected {
        /// Which.
        authenticator: AuthenticatorId,
        /// Whose.
        identity: IdentityId,
        /// What was noticed, in a sentence.
        why: String,
    },
    /// Somebody named a device that shows codes as theirs, and it was not bound to them by that.
    CodeDeviceDeclined {
        /// Who.
        identity: IdentityId,
        /// Its serial number, if there is such a device. Whatever else was typed may be a secret.
        serial: Option<String>,
        /// A stable code.
        why: String,
    },
    /// Somebody made a login of their own with an invitation. What they had before works no more.
    LoginCreated {
        /// With which.
        invitation: InvitationId,
        /// Who.
        identity: IdentityId,
        /// The best that they can reach with it, and why no more.
        best: Assessment,
    },
    /// Somebody who asked the support desk for help was, or was not, found to be who they say.
    CallerChecked {
        /// Whom they say they are.
        identity: IdentityId,
        /// What was done to find out, and came out well.
        checks: Vec<CallerCheck>,
        /// Were they?
        verified: bool,
        /// What else the officer wrote down.
        note: String,
    },
    /// An officer did something for somebody. What it led to stands beside it.
    HelpGiven {
        /// For whom.
        identity: IdentityId,
        /// What.
        help: Help,
        /// Why, in the words of whoever did it.
        why: String,
    },
    /// A code was handed out in two halves.
    CodeHandedOut {
        /// For whom.
        identity: IdentityId,
        /// Which invitation it is of.
        invitation: InvitationId,
        /// How the second half reaches them.
        second_half: SecondHalf,
        /// Why, in the words of whoever did it.
        why: String,
    },
    /// The half of a code that waited for another officer was shown to them.
    SecondHalfShown {
        /// For whom it is.
        identity: IdentityId,
        /// Which invitation it is of.
        invitation: InvitationId,
        /// Why, in the words of whoever did it.
        why: String,
    },
    /// Somebody was met in person, and proofed.
    ProofedInPerson {
        /// Who.
        identity: IdentityId,
        /// The record.
        proofing: ProofingId,
        /// Who met them.
        officer: IdentityId,
        /// Who agreed, if it took two.
        second_officer: Option<IdentityId>,
        /// Others who showed one of the same papers; the officer looked into it.
        also_shown_by: Vec<PersonId>,
    },
    /// Somebody was met in person, and a second officer has to agree.
    MeetingAwaitsSecond {
        /// Who was met.
        identity: IdentityId,
    },
    /// The second officer agreed; that they are proofed follows in the same transaction.
    MeetingAgreed {
        /// Who was met.
        identity: IdentityId,
        /// Who had met them.
        officer: IdentityId,
    },
    /// The second officer did not agree.
    MeetingDeclined {
        /// Who was met.
        identity: IdentityId,
        /// Who had met them.
        officer: IdentityId,
        /// Why, in the words of whoever did not agree.
        why: String,
    },
    /// A feed of the directory was read whole, and what differs is put on record from here on.
    FeedBegun {
        /// The run.
        run: FeedRunId,
        /// The feed's name.
        feed: String,
        /// SHA-256 of what it said and of how it is understood, in hexadecimal.
        digest: String,
    },
    /// A feed would take the login or the level from too many. Nothing was done, and a second person is asked.
    FeedHeld {
        /// The run.
        run: FeedRunId,
        /// The feed's name.
        feed: String,
        /// SHA-256 of what it said and of how it is understood, in hexadecimal.
        digest: String,
        /// From how many identities.
        losing: u64,
        /// Of how many that come from the feed.
        of: u64,
    },
    /// A run of a feed that was held came to nothing, because a later one took its place or somebody declined.
    FeedVoided {
        /// The run.
        run: FeedRunId,
        /// The feed's name.
        feed: String,
    },
    /// All that a feed said is on record.
    FeedFinished {
        /// The run.
        run: FeedRunId,
        /// The feed's name.
        feed: String,
        /// Records read.
        records: u64,
        /// Records that could not be used.
        failed: u64,
    },
    /// Somebody who audits read the log.
    LogRead {
        /// Events of which kind, if not all of them.
        of_kind: Option<String>,
        /// Events about whom, if not about everybody.
        about: Option<IdentityId>,
    },
    /// A program may feed the directory from now on, with a token that is shown once.
    ScimClientAdded {
        /// What it is called, as its feed is.
        client: String,
        /// Until when, if it is not for good.
        until: Option<Moment>,
    },
    /// A program feeds the directory no more.
    ScimClientRevoked {
        /// What it is called.
        client: String,
    },
    /// A program that feeds the directory was not heard, or what it wanted of somebody or of a group was not its to do.
    ScimRefused {
        /// What it is called, if that is known.
        client: Option<String>,
        /// Of whom, if of anybody.
        identity: Option<IdentityId>,
        /// Why.
        why: String,
    },
    /// A program said something of an identity. What comes of it is in the same transaction.
    ScimAsked {
        /// What it is called.
        client: String,
        /// Which.
        identity: IdentityId,
        /// What is to be done, in words that tell nothing of the person.
        steps: Vec<String>,
    },
    /// A program made, renamed, changed or removed a group of its own.
    ScimGroupChanged {
        /// What it is called.
        client: String,
        /// The group.
        group: Group,
        /// What was done with it.
        what: String,
    },
    /// People are handed out as a file, without their CPR numbers.
    PeopleExported {
        /// Those of these units; of all if there is none.
        units: Vec<Unit>,
        /// Those in this state; in all if there is none.
        state: Option<String>,
        /// Were they looked for by name? The name is not said.
        by_name: bool,
        /// How many.
        people: u64,
    },
    /// Somebody had begun to get what they log in with, and did not come to an end in time: what they had is gone. They
    /// may still have a level, and are invited again.
    ActivationReset {
        /// Who.
        identity: IdentityId,
    },
    /// Why an officer did what stands beside it in the same transaction, where that has no place for it.
    ReasonGiven {
        /// To whom, if it was done to somebody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        identity: Option<IdentityId>,
        /// In their words.
        why: String,
    },
    /// What was kept of the logins that an identity had, and what their owner called them, is gone.
    LoginsErased {
        /// Whose.
        identity: IdentityId,
    },
    /// The invitations that somebody had not used work no more, because the employment is over or begins anew.
    InvitationsWithdrawn {
        /// Whose.
        identity: IdentityId,
    },
    /// The list of identities in MitID Erhverv was read, and what had changed in it written down.
    SyncRead {
        /// Which reading.
        reading: u64,
        /// Identities on the list, whoever they belong to.
        listed: u64,
        /// … that could not be understood.
        unreadable: u64,
        /// … written down by this.
        changed: u64,
    },
    /// The roles that may be assigned in MitID Erhverv were read, and are others than before.
    SyncRolesRead {
        /// How many.
        roles: u64,
    },
    /// An identity in MitID Erhverv was looked at alone.
    SyncSeen {
        /// Whose it is here, if anybody's.
        identity: Option<IdentityId>,
        /// Its UUID there.
        employee: String,
    },
    /// MitID Erhverv is about to be asked for something.
    SyncAsked {
        /// For whom.
        identity: IdentityId,
        /// The UUID there, if there is one.
        employee: Option<String>,
        /// For what.
        step: String,
    },
    /// What came of it.
    SyncAnswered {
        /// For whom.
        identity: IdentityId,
        /// The UUID there, if there is one.
        employee: Option<String>,
        /// What was asked for.
        step: String,
        /// Why it was not done, or may not have been; it was done if this is absent.
        failure: Option<String>,
    },
    /// An identity here and one in MitID Erhverv are one from now on.
    SyncTied {
        /// Which here.
        identity: IdentityId,
        /// Which there.
        employee: String,
        /// Why, if a person decided it and said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// They are no longer.
    SyncUntied {
        /// Which here.
        identity: IdentityId,
        /// Which there, if it was known.
        employee: Option<String>,
        /// Why, if a person decided it and said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// What is done about MitID Erhverv: only planned, done, or nothing.
    SyncModeChanged {
        /// The new mode.
        mode: String,
    },
    /// So many would lose their login in MitID Erhverv that somebody has to look first.
    SyncHeld {
        /// How many.
        losing: u64,
        /// Of how many.
        of: u64,
    },
    /// Somebody has looked at who would lose their login in MitID Erhverv, and lets them.
    SyncApproved {
        /// How many.
        losing: u64,
        /// Which, as a sum.
        digest: String,
    },
    /// A letter got other words, or Portner's own again.
    LetterWorded {
        /// Which.
        letter: LetterKind,
        /// The words; Portner's own if there are none.
        words: Option<Box<BothWords>>,
    },
    /// A network got a name, by which it is known.
    NetworkAdded {
        /// Its addresses, as CIDR writes them.
        range: String,
        /// What it is called.
        name: String,
    },
    /// A network is known no more.
    NetworkRemoved {
        /// Its addresses, as CIDR writes them.
        range: String,
        /// What it was called.
        name: String,
    },
    /// A list of the office is handed out as a file.
    ListExported {
        /// Which.
        list: String,
    },
    /// An officer wrote down what is to become of a service provider. It is nothing yet.
    ServiceProviderDrafted {
        /// What it is called in the federation.
        entity_id: String,
        /// SHA-256 of what was written.
        sha256: String,
    },
    /// An officer looked at what somebody would be told at a service provider.
    LoginPreviewed {
        /// Where.
        service_provider: ServiceProviderId,
        /// Who.
        identity: IdentityId,
    },
    /// The organisation's places of work or tax numbers in MitID Erhverv were read, and are others than before.
    SyncPlacesRead {
        /// Which of the two, as it is called there.
        scope: String,
        /// How many.
        places: u64,
    },
}

/// How a signing key came to us.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyOrigin {
    /// It was made here.
    Made,
    /// It was made elsewhere and brought.
    Brought,
    /// It was the configured key of an installation without any other.
    Configured,
}

/// What is recorded of an assertion, before it leaves.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct AssertionIssued {
    /// The assertion's ID.
    pub assertion_id: String,
    /// The response's ID.
    pub response_id: String,
    /// The request it answers.
    pub request_id: String,
    /// To whom.
    pub service_provider: ServiceProviderId,
    /// About whom.
    pub identity: IdentityId,
    /// The session's public name.
    pub session: String,
    /// The SessionIndex sent.
    pub session_index: String,
    /// The levels, and why.
    pub assessment: Assessment,
    /// The names of the attributes released.
    pub attributes: Vec<String>,
    /// Which key signed it.
    pub key_id: String,
    /// On behalf of whom the service provider asked.
    pub requesters: Vec<String>,
}

/// Whose lock it was before locks had owners.
const fn administrator() -> Locker {
    Locker::Administrator
}

impl Event {
    /// The identity whose person is told of this by e-mail, with the same commit: whatever changes what they log in
    /// with, or whether they can.
    pub const fn tells(&self) -> Option<IdentityId> {
        match self {
            Self::IdentityLocked { identity, .. }
            | Self::IdentityUnlocked { identity, .. }
            | Self::IdentityEnded { identity, .. }
            | Self::SessionsEnded { identity, .. }
            | Self::AuthenticatorBound { identity, .. }
            | Self::PasswordFallsShort { identity, .. }
            | Self::FactorClosed { identity, .. }
            | Self::FactorsReopened { identity, .. }
            | Self::AuthenticatorRemoved { identity, .. }
            | Self::AuthenticatorReportedLost { identity, .. }
            | Self::SessionEndedElsewhere { identity, .. }
            | Self::CallerChecked { identity, .. }
            | Self::HelpGiven { identity, .. }
            | Self::CodeHandedOut { identity, .. }
            | Self::ProofedInPerson { identity, .. }
            | Self::MeetingDeclined { identity, .. }
            | Self::RecoveryCodeUsed { identity, .. } => Some(*identity),
            _ => None,
        }
    }

    /// The name of its kind, as it stands in the log.
    #[expect(clippy::too_many_lines, reason = "one line for each kind")]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::OrganisationNamed { .. } => "organisation-named",
            Self::PersonRegistered { .. } => "person-registered",
            Self::IdentityRegistered { .. } => "identity-registered",
            Self::IdentityLocked { .. } => "identity-locked",
            Self::IdentityUnlocked { .. } => "identity-unlocked",
            Self::LookUpKeyMade => "look-up-key-made",
            Self::AdmissionChanged { .. } => "admission-changed",
            Self::ValidityChanged { .. } => "validity-changed",
            Self::IdentityEnded { .. } => "identity-ended",
            Self::IdentityResumed { .. } => "identity-resumed",
            Self::IdentityErased { .. } => "identity-erased",
            Self::PersonErased { .. } => "person-erased",
            Self::IdentityChanged { .. } => "identity-changed",
            Self::PersonRenamed { .. } => "person-renamed",
            Self::CprRecorded { .. } => "cpr-recorded",
            Self::PersonConfirmed { .. } => "person-confirmed",
            Self::CprLookedUp { .. } => "cpr-looked-up",
            Self::PersonSeen { .. } => "person-seen",
            Self::ProofingWithdrawn { .. } => "proofing-withdrawn",
            Self::Proposed { .. } => "proposed",
            Self::Agreed { .. } => "agreed",
            Self::Declined { .. } => "declined",
            Self::ProofingRecorded { .. } => "proofing-recorded",
            Self::AuthenticatorBound { .. } => "authenticator-bound",
            Self::AuthenticatorAccepted { .. } => "authenticator-accepted",
            Self::AuthenticatorRefused { .. } => "authenticator-refused",
            Self::PasswordRehashed { .. } => "password-rehashed",
            Self::PasswordFallsShort { .. } => "password-falls-short",
            Self::PasswordMeetsRules { .. } => "password-meets-rules",
            Self::FactorClosed { .. } => "factor-closed",
            Self::FactorsReopened { .. } => "factors-reopened",
            Self::RecoveryCodeUsed { .. } => "recovery-code-used",
            Self::CodeDeviceAdded { .. } => "code-device-added",
            Self::CodeDeviceAssigned { .. } => "code-device-assigned",
            Self::CodeDeviceReleased { .. } => "code-device-released",
            Self::CodeDeviceResynced { .. } => "code-device-resynced",
            Self::InvitationMade { .. } => "invitation-made",
            Self::InvitationBegun { .. } => "invitation-begun",
            Self::InvitationUsed { .. } => "invitation-used",
            Self::NoticeSent { .. } => "notice-sent",
            Self::NoticeGivenUp { .. } => "notice-given-up",
            Self::NetworkPasswordAdopted { .. } => "network-password-adopted",
            Self::RoleGranted { .. } => "role-granted",
            Self::RoleWithdrawn { .. } => "role-withdrawn",
            Self::GroupJoined { .. } => "group-joined",
            Self::GroupLeft { .. } => "group-left",
            Self::RightGranted { .. } => "right-granted",
            Self::RightWithdrawn { .. } => "right-withdrawn",
            Self::SetupLinkMade { .. } => "setup-link-made",
            Self::SetupLinkUsed => "setup-link-used",
            Self::ServiceProviderAdded { .. } => "service-provider-added",
            Self::ServiceProviderChanged { .. } => "service-provider-changed",
            Self::ServiceProviderDisabled { .. } => "service-provider-disabled",
            Self::ServiceProviderEnabled { .. } => "service-provider-enabled",
            Self::MetadataSourceSet { .. } => "metadata-source-set",
            Self::MetadataRefreshed { .. } => "metadata-refreshed",
            Self::MetadataHeld { .. } => "metadata-held",
            Self::MetadataWithdrawn { .. } => "metadata-withdrawn",
            Self::MetadataApproved { .. } => "metadata-approved",
            Self::MetadataRejected { .. } => "metadata-rejected",
            Self::MetadataRefreshFailed { .. } => "metadata-refresh-failed",
            Self::NameIdAssigned { .. } => "name-id-assigned",
            Self::SharedNameIdAssigned { .. } => "shared-name-id-assigned",
            Self::AccessDenied { .. } => "access-denied",
            Self::RequestRefused { .. } => "request-refused",
            Self::RequestAnswered { .. } => "request-answered",
            Self::SessionBegun { .. } => "session-begun",
            Self::SessionEnded { .. } => "session-ended",
            Self::SessionEndedByServiceProvider { .. } => "session-ended-by-service-provider",
            Self::SessionsEnded { .. } => "sessions-ended",
            Self::LogoutRequested { .. } => "logout-requested",
            Self::LogoutOutcome { .. } => "logout-outcome",
            Self::AssertionIssued(_) => "assertion-issued",
            Self::SigningKeyMade { .. } => "signing-key-made",
            Self::SigningKeyAdded { .. } => "signing-key-added",
            Self::SigningKeyMoved { .. } => "signing-key-moved",
            Self::SigningKeyPinned { .. } => "signing-key-pinned",
            Self::SigningKeyUnpinned { .. } => "signing-key-unpinned",
            Self::CertificateEndsSoon { .. } => "certificate-ends-soon",
            Self::AuthenticatorRenamed { .. } => "authenticator-renamed",
            Self::AuthenticatorRemoved { .. } => "authenticator-removed",
            Self::AuthenticatorReportedLost { .. } => "authenticator-reported-lost",
            Self::SessionEndedElsewhere { .. } => "session-ended-elsewhere",
            Self::TermsPublished { .. } => "terms-published",
            Self::TermsAccepted { .. } => "terms-accepted",
            Self::FidoCredentialRecorded { .. } => "fido-credential-recorded",
            Self::FidoCredentialDeclined { .. } => "fido-credential-declined",
            Self::FidoCredentialSuspected { .. } => "fido-credential-suspected",
            Self::CodeDeviceDeclined { .. } => "code-device-declined",
            Self::LoginCreated { .. } => "login-created",
            Self::CallerChecked { .. } => "caller-checked",
            Self::HelpGiven { .. } => "help-given",
            Self::CodeHandedOut { .. } => "code-handed-out",
            Self::SecondHalfShown { .. } => "second-half-shown",
            Self::ProofedInPerson { .. } => "proofed-in-person",
            Self::MeetingAwaitsSecond { .. } => "meeting-awaits-second",
            Self::MeetingAgreed { .. } => "meeting-agreed",
            Self::MeetingDeclined { .. } => "meeting-declined",
            Self::FeedBegun { .. } => "feed-begun",
            Self::FeedHeld { .. } => "feed-held",
            Self::FeedVoided { .. } => "feed-voided",
            Self::FeedFinished { .. } => "feed-finished",
            Self::LogRead { .. } => "log-read",
            Self::ScimClientAdded { .. } => "scim-client-added",
            Self::ScimClientRevoked { .. } => "scim-client-revoked",
            Self::ScimRefused { .. } => "scim-refused",
            Self::ScimAsked { .. } => "scim-asked",
            Self::ScimGroupChanged { .. } => "scim-group-changed",
            Self::PeopleExported { .. } => "people-exported",
            Self::ActivationReset { .. } => "activation-reset",
            Self::ReasonGiven { .. } => "reason-given",
            Self::LoginsErased { .. } => "logins-erased",
            Self::InvitationsWithdrawn { .. } => "invitations-withdrawn",
            Self::SyncRead { .. } => "sync-read",
            Self::SyncRolesRead { .. } => "sync-roles-read",
            Self::SyncSeen { .. } => "sync-seen",
            Self::SyncAsked { .. } => "sync-asked",
            Self::SyncAnswered { .. } => "sync-answered",
            Self::SyncTied { .. } => "sync-tied",
            Self::SyncUntied { .. } => "sync-untied",
            Self::SyncModeChanged { .. } => "sync-mode-changed",
            Self::SyncHeld { .. } => "sync-held",
            Self::SyncApproved { .. } => "sync-approved",
            Self::LetterWorded { .. } => "letter-worded",
            Self::NetworkAdded { .. } => "network-added",
            Self::NetworkRemoved { .. } => "network-removed",
            Self::ListExported { .. } => "list-exported",
            Self::ServiceProviderDrafted { .. } => "service-provider-drafted",
            Self::LoginPreviewed { .. } => "login-previewed",
            Self::SyncPlacesRead { .. } => "sync-places-read",
        }
    }
}
