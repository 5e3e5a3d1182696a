package org.moraine.contracts;

import java.util.regex.Pattern;

/** The Hugging Face Hub's rule for one part of a repository's name; its clients refuse anything else before asking. */
final class HubName {

    private static final Pattern PART = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?");

    private HubName() {}

    /** Letters, digits, '.', '_' and '-', at most 64; no "--", no "..", no ".git" at the end, no sign at either end. */
    static boolean fits(String name) {
        return PART.matcher(name).matches() && !name.contains("--") && !name.contains("..") && !name.endsWith(".git");
    }
}
