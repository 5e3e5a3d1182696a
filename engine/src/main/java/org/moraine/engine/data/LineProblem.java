package org.moraine.engine.data;

/**
 * What is wrong with one line of a training file.
 *
 * @param line from 1
 * @param column the character of the line at which it is, from 1: where the field's value begins, or what it is missing
 *     from; 1 where it is the line as a whole
 * @param field the path inside the line, such as {@code messages[1].role}; empty where it is the line as a whole
 * @param reason what is wrong, or what would be right; quotes at most a few characters of the line
 */
public record LineProblem(int line, int column, String field, Kind kind, String reason) {

    /** What kind of line it is. */
    public enum Kind {
        /** No example at all. */
        BROKEN,
        /** An example in order, with no answer of weight 1, or none that is left to learn. */
        NOTHING_TO_LEARN
    }

    /** Such as {@code line 3, messages[1].role, column 57: ...}. */
    @Override
    public String toString() {
        return "line " + line + (field.isEmpty() ? "" : ", " + field) + (column > 1 ? ", column " + column : "") + ": "
                + reason;
    }
}
