//! Files as RFC 6030 shows them, and what is not to be believed in others.

use super::read;
use crate::totp::{CodeAlgorithm, CodeShape};

/// The key of RFC 6030, 6.1.
const KEY: [u8; 16] =
    [0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56, 0x78, 0x90, 0x12];

/// RFC 6030, 6.1.2 (figure 6), with the algorithm of time-based codes.
const ENCRYPTED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<pskc:KeyContainer xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Version="1.0">
  <pskc:MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1">
    <pskc:MACKey>
      <xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>
      <xenc:CipherData><xenc:CipherValue>ESIzRFVmd4iZABEiM0RVZgKn6WjLaTC1sbeBMSvIhRejN9vJa2BOlSaMrR7I5wSX</xenc:CipherValue></xenc:CipherData>
    </pskc:MACKey>
  </pskc:MACMethod>
  <pskc:KeyPackage>
    <pskc:DeviceInfo><pskc:Manufacturer>Manufacturer</pskc:Manufacturer><pskc:SerialNo>987654321</pskc:SerialNo></pskc:DeviceInfo>
    <pskc:Key Id="12345678" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp">
      <pskc:AlgorithmParameters><pskc:ResponseFormat Length="8" Encoding="DECIMAL"/></pskc:AlgorithmParameters>
      <pskc:Data>
        <pskc:Secret>
          <pskc:EncryptedValue>
            <xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>
            <xenc:CipherData><xenc:CipherValue>AAECAwQFBgcICQoLDA0OD+cIHItlB3Wra1DUpxVvOx2lef1VmNPCMl8jwZqIUqGv</xenc:CipherValue></xenc:CipherData>
          </pskc:EncryptedValue>
          <pskc:ValueMAC>Su+NvtQfmvfJzF6bmQiJqoLRExc=</pskc:ValueMAC>
        </pskc:Secret>
      </pskc:Data>
    </pskc:Key>
  </pskc:KeyPackage>
</pskc:KeyContainer>"#;

const PLAIN: &str = r#"<KeyContainer xmlns="urn:ietf:params:xml:ns:keyprov:pskc" Version="1.0"><KeyPackage>
  <DeviceInfo><SerialNo>A-1</SerialNo></DeviceInfo>
  <Key Id="1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp">
    <AlgorithmParameters><ResponseFormat Length="6" Encoding="DECIMAL"/><Suite>HMAC-SHA256</Suite></AlgorithmParameters>
    <Data><Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret>
      <Time><PlainValue>0</PlainValue></Time><TimeInterval><PlainValue>60</PlainValue></TimeInterval></Data>
  </Key></KeyPackage></KeyContainer>"#;

#[test]
fn the_example_of_the_specification_opens_with_its_key() {
    let devices = read(ENCRYPTED, Some(&KEY)).unwrap();
    let [device] = devices.as_slice() else { panic!("one") };
    assert_eq!(
        (device.serial.as_str(), device.seed.bytes()),
        ("987654321", b"12345678901234567890".as_slice())
    );
    assert_eq!(device.shape, CodeShape::new(8, 30, CodeAlgorithm::Sha1).unwrap());
}

#[test]
fn a_plain_file_is_read_without_a_key() {
    let devices = read(PLAIN, None).unwrap();
    let [device] = devices.as_slice() else { panic!("one") };
    assert_eq!((device.serial.as_str(), device.seed.bytes()), ("A-1", b"12345678901234567890".as_slice()));
    assert_eq!(device.shape, CodeShape::new(6, 60, CodeAlgorithm::Sha256).unwrap());
}

#[test]
fn what_was_changed_or_can_not_be_trusted_is_refused() {
    let refused = |text: &str, key: Option<&[u8]>| assert!(read(text, key).is_err(), "{text}");
    refused(ENCRYPTED, None);
    refused(ENCRYPTED, Some(&[7; 16]));
    refused(ENCRYPTED, Some(&[7; 15]));
    refused(&ENCRYPTED.replace("OD+cI", "OD+cJ"), Some(&KEY));
    refused(&ENCRYPTED.replace("Su+N", "Su+M"), Some(&KEY));
    let (before, after) = ENCRYPTED.split_once("<pskc:ValueMAC>").unwrap();
    let (_, after) = after.split_once("</pskc:ValueMAC>").unwrap();
    refused(&format!("{before}{after}"), Some(&KEY));
    refused(PLAIN, Some(&KEY));
    refused(&format!("<!DOCTYPE x>{PLAIN}"), None);
    refused(&PLAIN.replace("pskc:totp", "pskc:hotp"), None);
    refused(&PLAIN.replace("MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=", "MTIz"), None);
    refused(&PLAIN.replace("HMAC-SHA256", "HMAC-SHA512"), None);
    refused(&PLAIN.replace("Length=\"6\"", "Length=\"7\""), None);
    refused(&PLAIN.replace("<Time><PlainValue>0", "<Time><PlainValue>1"), None);
    refused(&PLAIN.replace("<SerialNo>A-1</SerialNo>", ""), None);
    refused("<x/>", None);
    refused("<", None);
}
