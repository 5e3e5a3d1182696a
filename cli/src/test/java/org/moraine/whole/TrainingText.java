package org.moraine.whole;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Training files for the tests. */
final class TrainingText {

    private TrainingText() {}

    /** So many questions with an answer each. */
    static String lines(int count) {
        return IntStream.range(0, count).mapToObj(TrainingText::line).collect(Collectors.joining("\n", "", "\n"));
    }

    static String line(int number) {
        return "{\"messages\":[{\"role\":\"user\",\"content\":\"What is in box " + number
                + "?\"},{\"role\":\"assistant\",\"content\":\"In box " + number + " is a small green lamp.\"}]}";
    }
}
