//! What `up` prints once the API responds.

use crate::{dev_env::DevEnv, progress::say};

/// What was generated, where the API is, and three things to try.
pub(super) fn say_welcome(address: &str, env: &mut DevEnv) {
    env.say_generated();
    let file = env.file().display().to_string();
    say(&format!(
        "\nFundrail answers on http://{address}   (Ctrl-C ends it)\n\nThings to try in another terminal:\n"
    ));
    for line in examples(address, &file) {
        say(&format!("    {line}"));
    }
    say("");
}

/// A sign-in with the demo account, then two reads with its token.
fn examples(address: &str, file: &str) -> [String; 5] {
    let token = r#"TOKEN=$(curl -s -H 'content-type: application/json' -d "{\"email\":\"$FUNDRAIL_DEMO_EMAIL\",\"password\":\"$FUNDRAIL_DEMO_PASSWORD\"}""#;
    let pick = r#"| sed -n 's/.*"access_token" *: *"\([^"]*\)".*/\1/p')"#;
    [
        format!(". {file}"),
        format!("{token} http://{address}/v1/auth/login {pick}"),
        format!(r#"curl -s -H "authorization: Bearer $TOKEN" http://{address}/v1/auth/me"#),
        format!(r#"curl -s -H "authorization: Bearer $TOKEN" 'http://{address}/v1/funds?limit=3'"#),
        format!(r#"curl -si -H "authorization: Bearer $TOKEN" http://{address}/v1/prices"#),
    ]
}
