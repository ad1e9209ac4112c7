# Assurance levels (NSIS), and why a login is worth what it is worth.
level-low = Low
level-substantial = Substantial
level-high = High

kind-password = password
kind-network-password = network password
kind-totp = authenticator app
kind-totp-device = code device
kind-security-key = security key
kind-passkey = passkey
kind-attested-passkey = attested passkey
kind-synced-passkey = synced passkey
kind-recovery-code = recovery code

reason-proofed = Your identity has been verified at the level { $level }.
reason-not-permitted = Nobody has decided that you may have an assurance level.
reason-robot = This is a robot's login. It can never have an assurance level.
reason-not-proofed = Your identity has not been verified, or the verification is no longer valid.
reason-employed = Your ties to the organisation are confirmed at the level { $level }.
reason-used = Your { $kind } is registered at the level { $level }.
reason-unvouched = Your { $kind } is not registered at any level, because nobody has verified who received it.
reason-also-used = Your { $kind } was used too, but makes no difference to the level.
reason-network-password = The network password does not give any level, because it can be changed outside this service.
reason-too-old = Your { $kind } was used too long ago or is no longer valid.
reason-combined = Your login methods can together give the level { $level } at most.
reason-combined-nothing = Your login methods do not give any level.
reason-scheme = The organisation’s login is notified at the level { $level }.
reason-scheme-nothing = The organisation’s login is not notified at any level.
reason-broker = The connection from the organisation to the services is notified at the level { $level }.
reason-broker-nothing = The connection from the organisation to the services is not notified at any level.
