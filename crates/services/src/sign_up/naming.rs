//! From a company's name to the one that stands in addresses.

/// A name for addresses and the command line: small letters and digits of the name, dashes between words. Letters with marks lose them
/// where they are Spanish, others go.
pub(super) fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.to_lowercase().chars() {
        let plain = match letter {
            'á' | 'à' | 'ä' | 'â' => 'a',
            'é' | 'è' | 'ë' | 'ê' => 'e',
            'í' | 'ì' | 'ï' | 'î' => 'i',
            'ó' | 'ò' | 'ö' | 'ô' => 'o',
            'ú' | 'ù' | 'ü' | 'û' => 'u',
            'ñ' => 'n',
            'ç' => 'c',
            other => other,
        };
        if plain.is_ascii_alphanumeric() {
            slug.push(plain);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= 40 {
            break;
        }
    }
    let slug = slug.trim_matches('-');
    if slug.is_empty() {
        "organization".to_owned()
    } else {
        slug.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_an_address_that_can_be_typed() {
        for (name, slug) in [
            ("Panadería Ñandú, S. L.", "panaderia-nandu-s-l"),
            ("  El Horno  ", "el-horno"),
            ("面包", "organization"),
            ("***", "organization"),
        ] {
            assert_eq!(slug_of(name), slug);
        }
        let long = slug_of(&"pan ".repeat(60));
        assert!(long.len() <= 40 && !long.ends_with('-'), "{long}");
    }
}
