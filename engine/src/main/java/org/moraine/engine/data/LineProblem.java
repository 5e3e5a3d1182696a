package org.moraine.engine.data;

/**
 * What is wrong with one line of a training file.
 *
 * @param line from 1
 * @param field the path inside the line, such as {@code messages[1].role}; empty where it is the line as a whole
 * @param reason what is wrong, or what would be right; quotes at most a few characters of the line
 */
public record LineProblem(int line, String field, String reason) {

    /** Such as {@code line 3, messages[1].role: ...}. */
    @Override
    public String toString() {
        return "line " + line + (field.isEmpty() ? "" : ", " + field) + ": " + reason;
    }
}
