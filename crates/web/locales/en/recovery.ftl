# Recovery codes on paper.
recovery-heading = Recovery codes on paper
recovery-intro = With a recovery code you can log in when you do not have your phone or code device. Each code works once.
recovery-left = { $left ->
    [0] You have no codes left.
    [one] You have { $left } code left.
   *[other] You have { $left } codes left.
}
recovery-none = You have not made any codes yet.
recovery-worth = Together with your password a recovery code gives the level Low at most. Services that require more require your authenticator app, your code device or a key.
recovery-make = Make 10 new codes
recovery-replaces = The codes you have now will stop working.
recovery-made-heading = Your recovery codes
recovery-made-intro = The codes are shown only now. Print this page, or write them down.
recovery-once = Each code works once. Cross it out when it has been used.
recovery-keep = Keep the paper in a safe place, not together with your phone and not as a picture on it.
recovery-old = Codes you had before no longer work.
recovery-kept = I have kept the codes
