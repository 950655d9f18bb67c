use super::*;

fn read(kind: ParameterType, value: &str) -> Result<Literal, ValueFault> {
    let parameter = Parameter {
        key: "key".into(),
        label: "Label".into(),
        kind,
        required: true,
        default: None,
        options: vec!["Quick".into(), "Full scan".into()],
        help: None,
    };
    parse(&parameter, value)
}

fn takes(kind: ParameterType, good: &[&str], bad: &[&str]) {
    for value in good {
        assert!(read(kind, value).is_ok(), "{kind:?} refuses {value:?}: {:?}", read(kind, value));
    }
    for value in bad {
        assert!(read(kind, value).is_err(), "{kind:?} takes {value:?}");
    }
}

#[test]
fn a_string_is_any_line_that_can_be_seen_whole() {
    let good = ["", " ", "O'Brien", "‘’‚‛“”„", "$(Get-Date) `n \" @' {{x}} # <#", "Größe 😀 日本"];
    let bad = [
        "a\nb",
        "a\rb",
        "a\tb",
        "a\0b",
        "\u{1b}[0m",
        "\u{85}",
        "\u{202e}",
        "\u{200b}",
        "\u{2028}",
        "\u{feff}",
    ];
    takes(ParameterType::String, &good, &bad);
    assert!(read(ParameterType::String, &"x".repeat(MAX_VALUE)).is_ok());
    assert_eq!(read(ParameterType::String, &"x".repeat(MAX_VALUE + 1)), Err(ValueFault::TooLong));
}

#[test]
fn numbers_and_booleans_become_what_they_mean() {
    assert_eq!(read(ParameterType::Integer, " -0042 "), Ok(Literal::Integer(-42)));
    takes(
        ParameterType::Integer,
        &["0", "9223372036854775807", "-9223372036854775807"],
        &[
            "",
            "-",
            "+1",
            "1.5",
            "1e3",
            "0x10",
            "1kb",
            "9223372036854775808",
            "-9223372036854775808",
            "٣",
            "1;2",
        ],
    );
    assert_eq!(read(ParameterType::Boolean, "True"), Ok(Literal::Boolean(true)));
    takes(ParameterType::Boolean, &["false", "TRUE"], &["", "yes", "1", "$true"]);
}

#[test]
fn an_enum_is_one_of_its_options_to_the_letter() {
    takes(ParameterType::Enum, &["Quick", "Full scan"], &["", "quick", "Full", "Full scan "]);
}

#[test]
fn user_principal_names_are_read_whole() {
    takes(
        ParameterType::Upn,
        &[
            "anna@contoso.com",
            "o'brien@contoso.com",
            "jürgen.müller@corp.contoso.local",
            "a+b@x.io",
            "svc_1@x-y.de",
        ],
        &[
            "anna",
            "anna@",
            "@contoso.com",
            "anna@contoso",
            "a@b@c.com",
            "a b@c.com",
            ".a@c.com",
            "a..b@c.com",
            "a@10.0.0.1",
            "a\"@c.com",
            "$(x)@c.com",
            "anna@contoso.com;x",
            "a‘@c.com",
        ],
    );
}

#[test]
fn computers_have_names_or_ipv4_addresses() {
    takes(
        ParameterType::Hostname,
        &["DC01", "dc01.corp.contoso.local", "10.0.0.1", "PC_7", "xn--mnchen-3ya.de", "7"],
        &[
            "",
            ".",
            "a..b",
            "-a",
            "a-",
            "a b",
            "a.b.",
            "10.0.0.256",
            "10.0.0",
            "fe80::1",
            "\\\\dc01",
            "dc01;calc",
            "münchen.de",
            "a/b",
            "*",
        ],
    );
    assert!(read(ParameterType::Hostname, &"a".repeat(64)).is_err());
}

#[test]
fn distinguished_names_are_read_by_their_grammar() {
    takes(
        ParameterType::DistinguishedName,
        &[
            "DC=contoso,DC=com",
            "CN=O'Brien\\, Anna,OU=Staff,DC=contoso,DC=com",
            "CN=a+UID=b,O=c",
            "2.5.4.3=x",
            "CN=Grün (x) [y],OU=a b, DC=c",
            "CN=a\\2Cb,DC=c",
        ],
        &[
            "",
            "contoso",
            "CN=",
            "CN= ,DC=c",
            "=x",
            "CN=a,",
            ",CN=a",
            "CN=a;DC=b",
            "CN=\"a\",DC=b",
            "CN=a\\",
            "CN=a\\0Ab,DC=c",
            "CN=#04024869",
            "C N=a",
            "CN=a<b",
        ],
    );
}

#[test]
fn paths_are_absolute_and_mean_one_place() {
    takes(
        ParameterType::Path,
        &[
            "C:\\",
            "c:\\Temp\\log.txt",
            "C:/Temp/",
            "\\\\fs01\\share",
            "\\\\fs01\\c$\\a b\\x.csv",
            "D:\\O'Brien\\Größe (1)",
            "C:\\console\\com10",
        ],
        &[
            "",
            "Temp",
            ".\\a",
            "C:",
            "C:a",
            "\\a",
            "\\\\fs01",
            "\\\\.\\C:\\",
            "\\\\?\\C:\\a",
            "//./pipe/x",
            "\\??\\C:\\a",
            "C:\\a*",
            "C:\\a?",
            "C:\\[a]",
            "C:\\a`b",
            "C:\\a\\..\\b",
            "C:\\.",
            "C:\\a\\\\b",
            "C:\\a:stream",
            "C:\\nul",
            "C:\\a\\CON.txt",
            "C:\\COM1",
            "C:\\com¹",
            "C:\\lpt3.log",
            "HKLM:\\Software",
            "C:\\a|b",
            "C:\\a<b",
            "C:\\a\"b",
            "C:\\a.",
            "C:\\a \\b",
            "\\\\?\\UNC\\a\\b",
            "Env:\\x",
            "C:\\CONIN$",
        ],
    );
}

#[test]
fn guids_are_written_one_way() {
    let canonical = Ok(Literal::Text("6f9619ff-8b86-d011-b42d-00c04fc964ff".into()));
    assert_eq!(read(ParameterType::Guid, "{6F9619FF-8B86-D011-B42D-00C04FC964FF}"), canonical);
    let bad = [
        "",
        "6f9619ff8b86d011b42d00c04fc964ff",
        "6f9619ff-8b86-d011-b42d-00c04fc964f",
        "{6f9619ff-8b86-d011-b42d-00c04fc964ff",
        "urn:uuid:6f9619ff-8b86-d011-b42d-00c04fc964ff",
    ];
    takes(ParameterType::Guid, &[], &bad);
}

#[test]
fn a_secret_is_never_given() {
    assert_eq!(read(ParameterType::Secret, "hunter2"), Err(ValueFault::SecretGiven));
}
