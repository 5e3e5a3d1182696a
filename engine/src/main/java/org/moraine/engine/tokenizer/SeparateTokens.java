package org.moraine.engine.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The tokens of a {@code tokenizer.json} that are found in any text as it stands, before it is normalised or cut, wherever
 * they are written: none of them reaches into another, so that each that is written is found.
 */
final class SeparateTokens {

    /** None at all. */
    static final SeparateTokens NONE = new SeparateTokens(List.of());

    private static final int ASCII = 128;

    /** Where there are more, or longer ones, none is looked for: what is compared grows with the square of their length. */
    private static final int MOST = 4096;

    private static final int LONGEST = 64;

    /** By first char, which is of ASCII. */
    private final List<List<String>> byFirst = new ArrayList<>();

    private SeparateTokens(Iterable<String> tokens) {
        for (int i = 0; i < ASCII; i++) {
            byFirst.add(new ArrayList<>());
        }
        for (String token : tokens) {
            byFirst.get(token.charAt(0)).add(token);
        }
    }

    /** @param added {@code added_tokens} of {@code tokenizer.json}, none of which takes the space beside it along */
    static SeparateTokens of(JsonNode added) {
        Set<String> all = new HashSet<>();
        List<String> unchanged = new ArrayList<>();
        for (JsonNode token : added) {
            String content = token.path("content").asText();
            if (content.isEmpty()) {
                continue;
            }
            all.add(content);
            if (all.size() > MOST || content.length() > LONGEST) {
                return NONE;
            }
            if (content.length() > 1
                    && content.charAt(0) < ASCII
                    && !token.path("normalized").asBoolean(true)) {
                unchanged.add(content);
            }
        }
        Set<String> touching = touching(all);
        unchanged.removeIf(touching::contains);
        return new SeparateTokens(unchanged);
    }

    /** The tokens that can stand in a text with a char in common with another, or with themselves. */
    private static Set<String> touching(Set<String> all) {
        Set<String> beginnings = new HashSet<>();
        Set<String> ends = new HashSet<>();
        for (String token : all) {
            for (int i = 1; i < token.length(); i++) {
                beginnings.add(token.substring(0, i));
                ends.add(token.substring(i));
            }
        }
        Set<String> touching = new HashSet<>();
        for (String token : all) {
            for (int from = 0; from < token.length(); from++) {
                for (int to = from + 1; to <= token.length(); to++) {
                    String part = token.substring(from, to);
                    if (part.equals(token)) {
                        continue;
                    }
                    if (all.contains(part)) {
                        touching.add(token);
                        touching.add(part);
                    }
                    if ((from == 0 && ends.contains(part)) || (to == token.length() && beginnings.contains(part))) {
                        touching.add(token);
                    }
                }
            }
        }
        return touching;
    }

    /** One past the last char of the token that begins at {@code from}; 0 where none does. */
    int end(String text, int from) {
        char first = text.charAt(from);
        if (first < ASCII) {
            List<String> candidates = byFirst.get(first);
            for (int i = 0; i < candidates.size(); i++) {
                if (text.startsWith(candidates.get(i), from)) {
                    return from + candidates.get(i).length();
                }
            }
        }
        return 0;
    }
}
