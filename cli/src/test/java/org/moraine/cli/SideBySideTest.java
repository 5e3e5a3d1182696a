package org.moraine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SideBySideTest {

    @Test
    void longCellsAreBrokenBetweenWords() {
        SideBySide table = new SideBySide(2, 42);

        assertThat(table.row(List.of("What is the Marlo lamp?", "The Marlo lamp is a small desk lamp.")))
                .containsExactly("What is the Marlo     The Marlo lamp is a", "lamp?                 small desk lamp.");
        assertThat(table.rule()).isEqualTo("-".repeat(20) + "  " + "-".repeat(20));
    }

    @Test
    void aWordLongerThanItsColumnIsCut() {
        SideBySide table = new SideBySide(1, 16);

        assertThat(table.row(List.of("abcdefghijklmnopqrstuvwxyz\nis long")))
                .containsExactly("abcdefghijklmnop", "qrstuvwxyz is", "long");
    }
}
