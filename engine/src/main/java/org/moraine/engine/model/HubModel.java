package org.moraine.engine.model;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A base model on a Hugging Face style endpoint, as people write it: {@code owner/name} or {@code owner/name@revision}.
 *
 * @param id {@code owner/name}
 * @param revision a branch, tag or commit
 */
record HubModel(String id, String revision) {

    private static final String PART = "[A-Za-z0-9][A-Za-z0-9._-]{0,95}";
    private static final Pattern NAME =
            Pattern.compile("(?<id>" + PART + "/" + PART + ")(?:@(?<revision>[A-Za-z0-9][A-Za-z0-9._/-]{0,127}))?");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    static Optional<HubModel> of(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches() || name.contains("..") || name.contains("--")) {
            return Optional.empty();
        }
        String revision = matcher.group("revision");
        return Optional.of(new HubModel(matcher.group("id"), revision == null ? "main" : revision));
    }

    static boolean isCommit(String revision) {
        return COMMIT.matcher(revision).matches();
    }
}
