# What happened and what to do. Each error has a heading, an explanation and a next step.
error-request-not-understood-heading = The service’s message can’t be read
error-request-not-understood-what = The service sent a message that we can’t read. You have not been logged in.
error-request-not-understood-next = Go back to the service and try again. If that does not help, contact support and give them the reference number.

error-request-unsigned-heading = We don’t know who is asking
error-request-unsigned-what = The message from the service lacks a valid signature. So we don’t answer it, and you have not been logged in.
error-request-unsigned-next = Go back to the service and try again. If that does not help, contact support and give them the reference number.

error-request-expired-heading = The login link is too old
error-request-expired-what = A login link works for a short time only. It may have been saved as a bookmark, or the page has been open for long.
error-request-expired-next = Open the service you want to use and log in from there. Bookmark the service’s own page instead of the login page.

error-request-replayed-heading = The login link has already been used
error-request-replayed-what = A login link works only once. The page may have been reloaded, or you went back in your browser.
error-request-replayed-next = Open the service you want to use and log in from there.

error-unknown-service-provider-heading = The service is not connected
error-unknown-service-provider-what = The service you come from is not connected to this login.
error-unknown-service-provider-next = Check that you have the right address of the service. If you need it for your work, contact support and give them the reference number.

error-service-provider-disabled-heading = The service is closed for login
error-service-provider-disabled-what = The service you come from is currently closed for login from here.
error-service-provider-disabled-next = Try again later. If you need the service now, contact support and give them the reference number.

error-unknown-network-heading = The service can’t be used from here
error-unknown-network-what = The service can only be used from the organisation’s own networks, and you come from another one.
error-unknown-network-next = Try again from the network at work or with the organisation’s VPN. If that is what you use already, contact support and give them the reference number.

error-wrong-address-heading = The service’s reply address is wrong
error-wrong-address-what = The service asked us to send your login to an address that is not registered. For your safety, we have not sent anything.
error-wrong-address-next = Contact support and give them the reference number.

error-logout-refused-heading = You have not been logged out
error-logout-refused-what = A service asked us to log you out, but its message can’t be trusted, is too old, or has been used before. We have not acted on it.
error-logout-refused-next = Go to the front page of this login and log out there. If that does not help, close all windows of the browser.

error-not-found-heading = The page does not exist
error-not-found-what = The address may be misspelt, or the page has moved.
error-not-found-next = Check the address. If you want to log in to a service, open the service and log in from there.

error-method-not-allowed-heading = The page can’t be used that way
error-method-not-allowed-what = The browser asked for something that this page can’t do.
error-method-not-allowed-next = Open the service you want to use and log in from there.

error-too-large-heading = The message is too large
error-too-large-what = More was sent than we accept.
error-too-large-next = Go back to the service and try again. If that does not help, contact support and give them the reference number.

error-too-many-requests-heading = Too many requests
error-too-many-requests-what = Too many requests have come from your network in a short time.
error-too-many-requests-next = Wait a minute and try again.

error-internal-heading = Something went wrong at our end
error-internal-what = The fault is ours, and it has been written down. What you were doing may not have been completed.
error-internal-next = Try again shortly. If that does not help, contact support and give them the reference number.

error-unavailable-heading = Nobody can log in right now
error-unavailable-what = We can’t store what we have to store about a login. So nobody can log in until this is solved.
error-unavailable-next = Try again in a few minutes. If it lasts, contact support and give them the reference number.

error-wrong-host-heading = This address is not ours
error-wrong-host-what = The page was opened at an address that this login does not answer to.
error-wrong-host-next = Open the service you want to use and log in from there. If that does not help, contact support and give them the reference number.

error-cookies-missing-heading = Your browser does not store cookies
error-cookies-missing-what = Logging in works only if your browser may store a cookie while you log in. We use it for nothing else.
error-cookies-missing-next = Allow cookies for this page. If you use a private window, close it. Then start again at the service you want to use.

error-form-expired-heading = The page has been open for too long
error-form-expired-what = What you sent does not belong to the page you are on now. We have not used it for anything.
error-form-expired-next = Go back, reload the page and try again. If that does not help, start again at the service you want to use.
