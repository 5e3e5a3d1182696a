package org.moraine.jobs.files;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.moraine.contracts.Refused;

/** What a file is for, in OpenAI's words; only {@link #FINE_TUNE} can be trained on. */
public enum Purpose {
    FINE_TUNE("fine-tune"),
    ASSISTANTS("assistants"),
    BATCH("batch"),
    VISION("vision"),
    USER_DATA("user_data"),
    EVALS("evals"),
    /** Made by a job, never uploaded. */
    FINE_TUNE_RESULTS("fine-tune-results");

    private final String word;

    Purpose(String word) {
        this.word = word;
    }

    public String word() {
        return word;
    }

    /** The purpose of that word, as it was kept. */
    static Purpose of(String word) {
        return Arrays.stream(values())
                .filter(purpose -> purpose.word.equals(word))
                .findFirst()
                .orElseThrow();
    }

    /** The purpose that a caller gives a file; throws {@link Refused} where the word is none that files come with. */
    static Purpose ofUpload(String word) {
        return uploaded()
                .filter(purpose -> purpose.word.equals(word))
                .findFirst()
                .orElseThrow(() -> Refused.invalid(
                        "purpose",
                        "'" + word + "' is no purpose of a file that is uploaded; there are "
                                + uploaded().map(Purpose::word).collect(Collectors.joining(", "))));
    }

    private static Stream<Purpose> uploaded() {
        return Arrays.stream(values()).filter(purpose -> purpose != FINE_TUNE_RESULTS);
    }
}
