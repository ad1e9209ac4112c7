# MitID Erhverv.
office-sync = MitID Erhverv
office-sync-heading = MitID Erhverv
office-sync-not-connected = MitID Erhverv is not connected. That is done in the configuration, under [mitid_erhverv].
office-sync-not-there = The person is not tied to anybody in MitID Erhverv.
office-sync-never = Never
office-sync-mode = What is done
office-sync-waiting = Waiting
office-sync-waiting-since = { $count ->
    [one] one person, since { $since }
   *[other] { $count } people, the first since { $since }
}
office-sync-nothing-waits = Nothing is waiting.
office-sync-read = Last read
office-sync-unread = Could not be read
office-sync-certificate = The certificate is valid until
office-sync-uuid = UUID of the identity
office-sync-state = State there
office-sync-name-id = Logs in as
office-sync-plan-link = See what is planned
office-sync-plan-heading = What is planned in MitID Erhverv
office-sync-plan-intro = For each user: what is done, in this order, and what a person has to look at. The plan rests on what was last read.
office-sync-plan-none = There is nothing to do and nothing to look at here.
office-sync-back = Back to MitID Erhverv
office-sync-person-heading = { $name } in MitID Erhverv
office-sync-next = What is done
office-sync-in-log = Everything that was said to MitID Erhverv about the person is in the audit log.
office-sync-held = { $count ->
    [one] One of { $of } would lose their login in MitID Erhverv
   *[other] { $count } of { $of } would lose their login in MitID Erhverv
}
office-sync-held-why = These are so many in one day that somebody has to look first. Everything else goes on, and none of them logs in here meanwhile. If it is right, let it happen; if not, mend the source.
office-sync-more = { $count ->
    [one] and one more
   *[other] and { $count } more
}
office-sync-change = What is to be done?
office-sync-approve = Let them lose their login
office-sync-pause = Do nothing, not even suspensions
office-sync-live = Do what is planned
office-sync-dry-run = Read and plan only
office-sync-troubles = What was not done
office-sync-no-troubles = Nothing failed and is waiting.
office-sync-said = What was answered
office-said-sync-mode-set = This is so from now on.
office-said-sync-approved = They lose their login in MitID Erhverv within a day.
sync-mode-dry-run = It is read and planned. Nothing is said to MitID Erhverv.
sync-mode-live = Changes here are said to MitID Erhverv within seconds.
sync-mode-paused = Nothing, not even suspensions.
sync-mode-another-form = It is only read and planned: the organisation's form is another than when this was put to work. Read the plan, then put it to work again.
sync-step-look = See how it is
sync-step-suspend = Suspend the identity
sync-step-delete = Delete the identity
sync-step-forget = Forget the identity, which is not there any more
sync-step-adopt = Take over the identity, which is the same person's
sync-step-create = Create the identity
sync-step-describe-draft = Describe the imported identity
sync-step-order-activation = Order the activation of the imported identity
sync-step-take-right = Take the role { $role } in { $scope }
sync-step-revoke-private-mitid = Take away the use of the private MitID
sync-step-change-profile = Say anew who it is and what we vouch for
sync-step-change-email = Change the e-mail address
sync-step-set-local-name = Set the name that the identity logs in with here
sync-step-reactivate = Reactivate the identity
sync-step-allow-private-mitid = Allow the use of the private MitID
sync-step-allow-signing = Allow it to sign
sync-step-forbid-signing = Allow it no more to sign
sync-step-give-right = Give the role { $role } in { $scope }
sync-found-suspended = The identity is suspended in MitID Erhverv and stays so. Lift that there, or block the person here.
sync-found-reactivated = The identity was reactivated in MitID Erhverv though it may not be used. It is suspended again.
sync-found-deleted = The identity was deleted in MitID Erhverv and is not made again. Untie the user (portner sync untie) if it is to be.
sync-found-not-listed = The identity is on no list of MitID Erhverv. Nothing is done until that is clear.
sync-found-unclear = It is not clear whether the identity was made. MitID Erhverv is read again.
sync-found-renamed = The identity has another name in MitID Erhverv than was said from here.
sync-found-email = The identity has another e-mail address in MitID Erhverv than was said from here.
sync-found-cpr = The identity has another CPR number in MitID Erhverv than here.
sync-found-local-name = The identity logs in under another name in MitID Erhverv than here, so it can't. Mend that there.
sync-found-private-mitid = The private MitID was allowed or taken away in MitID Erhverv.
sync-found-signing = Whether the identity may sign was changed in MitID Erhverv.
sync-found-right-given = The role { $role } in { $scope } was given in MitID Erhverv and is left.
sync-found-right-taken = The role { $role } in { $scope } was taken in MitID Erhverv and is not given again.
sync-found-no-role = The role { $role } in { $scope } is not in MitID Erhverv's catalogue and is left.
sync-found-no-place = The role { $role } is not given in { $scope }: MitID Erhverv does not know the number as the organisation's. Correct the right here, or the number there.
sync-found-pseudonym = Whether the identity is pseudonymous is settled when it is made, and can't be changed.
sync-found-unknown-state = The identity is in a state that Portner does not know: { $what }
sync-found-not-in-this-state = This can't be done in the state that the identity is in: { $what }
sync-found-name-taken = Somebody else in MitID Erhverv has the name: { $what }
sync-found-candidates = One of these may be the person. Choose with portner sync tie: { $what }
sync-found-lacks = This is missing here: { $what }
sync-lack-given-name = first name
sync-lack-surname = surname
sync-lack-email = e-mail address
sync-lack-cpr = CPR number
sync-lack-own-cpr = a CPR number that is the person's own, and no replacement number
sync-lack-name-id = a user name that can be used there
sync-state-draft = imported and not in use
sync-state-pending = made and not used yet
sync-state-active = in use
sync-state-suspended = suspended
sync-state-gone = not there any more
sync-trouble-unreachable = MitID Erhverv can't be reached. It is tried again; look at the network and the address if that goes on.
sync-trouble-theirs = MitID Erhverv did not answer as it should. It is tried again by itself.
sync-trouble-not-admitted = MitID Erhverv did not let us in. Look at the certificate: is it valid, and has it access to the IdM services?
sync-trouble-overtaken = Somebody changed the same identity at the same time. It is tried again by itself.
sync-trouble-refused = MitID Erhverv refused it. Read the answer, mend what is said here or there, and it is tried again.
