package org.moraine.engine.tokenizer;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/** Python's date formats, as far as chat templates use them. */
final class Strftime {

    private static final Map<Character, String> PATTERNS = Map.ofEntries(
            Map.entry('Y', "yyyy"),
            Map.entry('y', "yy"),
            Map.entry('m', "MM"),
            Map.entry('d', "dd"),
            Map.entry('B', "MMMM"),
            Map.entry('b', "MMM"),
            Map.entry('A', "EEEE"),
            Map.entry('a', "EEE"),
            Map.entry('H', "HH"),
            Map.entry('I', "hh"),
            Map.entry('M', "mm"),
            Map.entry('S', "ss"),
            Map.entry('p', "a"),
            Map.entry('j', "DDD"),
            Map.entry('F', "yyyy-MM-dd"),
            Map.entry('T', "HH:mm:ss"));

    private Strftime() {}

    static String format(String format, LocalDateTime time) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                text.append(c);
                continue;
            }
            char directive = format.charAt(++i);
            boolean bare = directive == '-' && i + 1 < format.length(); // without leading zeros
            directive = bare ? format.charAt(++i) : directive;
            String pattern = PATTERNS.get(directive);
            if (directive == '%') {
                text.append('%');
            } else if (pattern == null) {
                throw new IllegalArgumentException("the date format %" + directive + " is not known");
            } else {
                String value =
                        DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time);
                text.append(bare ? value.replaceFirst("^0+(?=.)", "") : value);
            }
        }
        return text.toString();
    }
}
