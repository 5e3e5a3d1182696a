package org.moraine.contracts;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression for the paths of modules, such as {@code .*\.[0-3]\.self_attn\.q_proj}, of a caller who may mean
 * harm: it is short, and a match that goes back and forth without end is refused.
 */
public record ModulePattern(@JsonValue String text) {

    private static final int LONGEST = 1000;
    private static final int MOST_LOOKS = 10_000;

    @JsonCreator
    public ModulePattern {
        if (text.length() > LONGEST) {
            throw Refused.invalid("pattern", "a pattern has at most " + LONGEST + " letters, not " + text.length());
        }
        try {
            Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw Refused.invalid("pattern", "'" + text + "' is no regular expression: " + e.getDescription());
        }
    }

    /** Whether the whole path matches, as PEFT takes {@code target_modules} that is no list. */
    public boolean matches(String path) {
        return Pattern.compile(text)
                .matcher(new Watched(path, text, new int[1]))
                .matches();
    }

    /** Whether the path matches or ends in what matches after a dot, as PEFT takes keys of {@code rank_pattern}. */
    public boolean matchesEnd(String path) {
        return Pattern.compile("(.*\\.)?(" + text + ")")
                .matcher(new Watched(path, text, new int[1]))
                .matches();
    }

    /** A path that counts how often it is looked at. */
    private record Watched(String path, String pattern, int[] looks) implements CharSequence {

        @Override
        public char charAt(int index) {
            if (++looks[0] > MOST_LOOKS) {
                throw Refused.invalid("pattern", "'" + pattern + "' takes too long to match " + path);
            }
            return path.charAt(index);
        }

        @Override
        public int length() {
            return path.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return path.subSequence(start, end);
        }

        @Override
        public String toString() {
            return path;
        }
    }

    @Override
    public String toString() {
        return text;
    }
}
