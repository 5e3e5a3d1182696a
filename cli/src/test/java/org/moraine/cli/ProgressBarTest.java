package org.moraine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressBarTest {

    private final StringWriter printed = new StringWriter();

    @Test
    void itSaysStepLossPaceAndTimeLeft() {
        assertThat(ProgressBar.line(30, 60, 1.23456, 5400.2, 72))
                .isEqualTo("[##############--------------] step 30/60  loss 1.2346  5,400 tokens/s  1:12 left");
        assertThat(ProgressBar.line(1, 60, 1, 1, 3725)).endsWith("1:02:05 left");
    }

    @Test
    void onATerminalItIsDrawnInPlaceAndEndsWithALineOfItsOwn() {
        ProgressBar bar = new ProgressBar(new PrintWriter(printed), true);

        bar.show(1, 2, 10.5, 1000, 100);
        bar.show(2, 2, 0.5, 10, 0);
        bar.end();

        String[] drawn = printed.toString().split("\r", -1);
        assertThat(drawn).hasSize(3);
        assertThat(drawn[2]).startsWith("[####").endsWith(System.lineSeparator());
        assertThat(drawn[2].stripTrailing().length()).isLessThan(drawn[1].length());
        assertThat(drawn[2].length()).isGreaterThanOrEqualTo(drawn[1].length());
    }

    @Test
    void elsewhereItIsALineNowAndThenAndAlwaysTheLast() {
        ProgressBar bar = new ProgressBar(new PrintWriter(printed), false);

        for (int step = 1; step <= 100; step++) bar.show(step, 100, 1, 1, 100 - step);
        bar.end();

        assertThat(printed.toString().lines())
                .hasSizeLessThan(10)
                .first()
                .asString()
                .contains("step 1/100");
        assertThat(printed.toString().lines()).last().asString().contains("step 100/100");
    }
}
