# Code devices that their holders register themselves.
device-heading = New code device
device-intro = Register the code device that you have been given.
device-replaces = The code device you have now stops working when the new one has been registered.
device-serial = Serial number
device-serial-hint = It is printed on the back of the device.
device-code = Code
device-code-hint = The digits that the device shows now.
device-next-code = The next code
device-next-code-hint = Wait until the device shows another code, and enter that one.
device-submit = Register the code device
device-added = The code device has been registered.
device-incomplete = Enter the serial number and both codes.
device-wrong = The serial number and the codes do not belong together, or the device cannot be registered by you. Check the number, wait for two new codes, and try again.
device-too-many = There have been too many attempts, and this one was not looked at. Wait up to an hour before you try again, or ask for help.
