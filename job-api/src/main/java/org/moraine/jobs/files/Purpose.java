package org.moraine.jobs.files;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.moraine.contracts.Refused;

/** What a file is for, in OpenAI's words; only {@link #FINE_TUNE} can be trained on. */
public enum Purpose {
    FINE_TUNE("fine-tune"),
    ASSISTANTS("assistants"),
    BATCH("batch"),
    VISION("vision"),
    USER_DATA("user_data"),
    EVALS("evals");

    private final String word;

    Purpose(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }

    /** Throws {@link Refused} where the word is none of these. */
    static Purpose of(String word) {
        return Arrays.stream(values())
                .filter(purpose -> purpose.word.equals(word))
                .findFirst()
                .orElseThrow(() -> Refused.invalid(
                        "purpose",
                        "'" + word + "' is no purpose; there are "
                                + Arrays.stream(values()).map(Purpose::word).collect(Collectors.joining(", "))));
    }
}
