package org.moraine.registry.version;

import java.math.BigDecimal;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.moraine.contracts.Refused;

/** A bound on one of a version's settings, such as {@code final_loss<0.5}. */
public record Metric(String name, String operator, BigDecimal bound) {

    private static final Pattern SHAPE = Pattern.compile(
            "([A-Za-z0-9_]{1,64})(<=|>=|<|>|=)(-?[0-9]{1,18}(?:\\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?)");

    /** Reads one as it is written; throws {@link Refused} where it is something else. */
    public static Metric of(String text) {
        Matcher metric = SHAPE.matcher(text);
        if (!metric.matches()) {
            throw Refused.invalid("metric", "'" + text + "' is not written like final_loss<0.5");
        }
        return new Metric(metric.group(1), metric.group(2), new BigDecimal(metric.group(3)));
    }

    /** Whether settings have the number, and it is within the bound. */
    public boolean holds(Map<String, Object> settings) {
        if (!(settings.get(name) instanceof Number number)) {
            return false;
        }
        int compared = new BigDecimal(number.toString()).compareTo(bound);
        return switch (operator) {
            case "<" -> compared < 0;
            case "<=" -> compared <= 0;
            case ">" -> compared > 0;
            case ">=" -> compared >= 0;
            case "=" -> compared == 0;
            default -> throw new AssertionError(operator);
        };
    }
}
