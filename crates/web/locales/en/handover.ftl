# Between the login and the service.
post-success-heading = You are logged in
post-success = You are now being sent on to { $service }.
post-failure-heading = You were not logged in
post-failure = You are now being sent back to { $service }.
post-by-hand = If nothing happens, choose the button below.
continue-to = Continue to { $service }
return-to = Return to { $service }

cannot-heading = You can’t log in to { $service }
cannot-required = { $service } requires the assurance level { $level }.
cannot-reached = You can reach the level { $level } at most.
cannot-reached-nothing = You can’t reach any assurance level.
cannot-why-heading = Why?
cannot-next = If you need { $service } for your work, contact { $support } and give them the reference number.

finished-heading = This login is finished
finished-body = You see this page because you went back in your browser or reloaded the page. Continue at the service you want to use.
finished-start = Go to your page

expired-heading = Your login has expired
expired-body = It took too long, or the page was opened from an old link. You have not been logged in.
expired-next = Open the service you want to use and log in from there.
expired-next-at = Start again at { $service }.
start-again-at = Start again at { $service }
start-again = Start again
