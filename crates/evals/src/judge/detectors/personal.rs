//! Personal and health data.

use std::sync::LazyLock;

use super::pattern::{Meaning, Pattern, compiled, matches, means};
use super::{Hazard, Severity};

const PATTERNS: [(&str, Meaning); 10] = [
    (
        r"(?i)\b[a-z0-9][a-z0-9._%+-]*@(?:[a-z0-9-]+\.)+[a-z]{2,}\b",
        means("email", Severity::Medium, "It has the form of an e-mail address."),
    ),
    (
        r"\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{2,4}(?:[ .-]?\d{2,4}){1,4}\b",
        means("phone", Severity::Medium, "It has the form of an international phone number."),
    ),
    (
        r"(?:\(\d{3}\) ?|\b\d{3}[ .-])\d{3}[ .-]\d{4}\b",
        means("phone", Severity::Medium, "It has the form of a phone number."),
    ),
    (
        r"\b\d{3}-\d{2}-\d{4}\b",
        Meaning {
            holds: is_social_security,
            ..means("ssn", Severity::High, "It has the form of a social security number.")
        },
    ),
    (
        r"\b\d(?:[ -]?\d){12,18}\b",
        Meaning {
            holds: is_card,
            ..means("credit_card", Severity::High, "It is a card number with a valid check digit.")
        },
    ),
    (
        r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b",
        Meaning {
            holds: is_iban,
            ..means("bank_account", Severity::High, "It is an IBAN with valid check digits.")
        },
    ),
    (
        r"(?i)\b(?:mrn|medical record (?:number|no\.?)|patient id)\s*(?:is\b)?\s*[:#]?\s*[a-z]{0,4}-?\d[\d-]{4,}",
        means("medical_record", Severity::High, "It has the form of a medical record number."),
    ),
    (
        r"(?i)\b(?:dob|date of birth|born on)\b\W{0,3}(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2})",
        means("date_of_birth", Severity::Medium, "It has the form of a date of birth."),
    ),
    (
        r"(?i)\bpassport (?:number|no\.?)\s*(?:is\b)?\s*[:#]?\s*[a-z]{0,2}\d{6,9}\b",
        means("passport", Severity::High, "It has the form of a passport number."),
    ),
    (
        r"\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b",
        means("ip_address", Severity::Low, "It has the form of an IP address."),
    ),
];

static COMPILED: LazyLock<Vec<Pattern>> = LazyLock::new(|| compiled(&PATTERNS));

/// E-mail addresses, phone, social security, card, bank account, record and passport numbers, dates of
/// birth, IP addresses.
pub fn personal_data(text: &str) -> Vec<Hazard> {
    matches(&COMPILED, text)
}

/// Areas 000, 666 and 900 to 999, group 00 and number 0000 are never given out.
fn is_social_security(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let [area, group, number] = parts[..] else { return false };
    area != "000" && area != "666" && !area.starts_with('9') && group != "00" && number != "0000"
}

/// 13 to 19 digits whose Luhn sum ends in 0 (ISO/IEC 7812-1), not all the same.
fn is_card(text: &str) -> bool {
    let digits: Vec<_> = text.chars().filter_map(|digit| digit.to_digit(10)).collect();
    let luhn = |(index, digit): (usize, &u32)| match (index % 2, digit * 2) {
        (0, _) => *digit,
        (_, double) if double > 9 => double - 9,
        (_, double) => double,
    };
    let sum: u32 = digits.iter().rev().enumerate().map(luhn).sum();
    (13..=19).contains(&digits.len())
        && sum.is_multiple_of(10)
        && digits.iter().any(|digit| *digit != digits[0])
}

/// 15 to 34 characters that, turned, are 1 modulo 97 (ISO 13616).
fn is_iban(text: &str) -> bool {
    let plain: String = text.chars().filter(|character| *character != ' ').collect();
    if !(15..=34).contains(&plain.len()) {
        return false;
    }
    let (front, rest) = plain.split_at(4);
    let value = rest.chars().chain(front.chars()).filter_map(|character| character.to_digit(36));
    value.fold(0, |sum, digit| (sum * if digit > 9 { 100 } else { 10 } + digit) % 97) == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn categories(text: &str) -> Vec<&'static str> {
        personal_data(text).into_iter().map(|hazard| hazard.category).collect()
    }

    #[test]
    fn all_patterns_compile() {
        assert_eq!(COMPILED.len(), PATTERNS.len());
    }

    #[test]
    fn data_of_a_known_form_is_found() {
        for (text, category) in [
            ("Write to ada.l@example.co.uk.", "email"),
            ("Call +49 30 901820 now", "phone"),
            ("Call (555) 010-9999", "phone"),
            ("SSN 078-05-1120", "ssn"),
            ("card 4111 1111 1111 1111.", "credit_card"),
            ("amex 378282246310005", "credit_card"),
            ("card 4111 1111 1111 1111 12/27", "credit_card"),
            ("BE68 5390 0754 7034 CALL NOW", "bank_account"),
            ("IBAN DE89 3704 0044 0532 0130 00", "bank_account"),
            ("GB82WEST12345698765432", "bank_account"),
            ("MRN: 00482913", "medical_record"),
            ("date of birth: 1985-04-12", "date_of_birth"),
            ("Passport number C01234567", "passport"),
            ("from 203.0.113.7", "ip_address"),
        ] {
            assert_eq!(categories(text), [category], "{text}");
        }
    }

    #[test]
    fn what_only_looks_alike_is_not() {
        for text in [
            "Order 4111 1111 1111 1112 shipped",
            "0000 0000 0000 0000",
            "SSN 000-12-3456 or 987-65-4321",
            "DE88 3704 0044 0532 0130 00",
            "version 1.2.3 of 2024-01-02",
            "at 999.1.1.1",
            "born in a small town",
            "Meet @ada at noon, 10-20 people",
        ] {
            assert_eq!(categories(text), [""; 0], "{text}");
        }
    }
}
