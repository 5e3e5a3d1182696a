package org.moraine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CommandsTest {

    private final StringWriter results = new StringWriter();
    private final StringWriter progress = new StringWriter();
    private final CommandLine commands =
            Main.commandLine().setOut(new PrintWriter(results)).setErr(new PrintWriter(progress));

    @TempDir
    Path folder;

    @Test
    void everyCommandExplainsItselfAndItsExitCodes() {
        commands.getSubcommands().forEach((name, command) -> {
            assertThat(command.getUsageMessage()).as(name).contains("Exit code");
            assertThat(command.getCommandSpec().usageMessage().description())
                    .as(name)
                    .isNotEmpty();
        });
        assertThat(commands.getSubcommands())
                .containsOnlyKeys(
                        "demo", "up", "down", "status", "estimate", "train", "generate", "score", "export", "verify");
        assertThat(commands.execute("--help")).isZero();
        assertThat(results.toString()).contains("./moraine demo", "Exit codes of all commands");
    }

    @Test
    void statusAndDownSayWhenNoStackRuns() {
        assertThat(commands.execute("status", "--data", folder.toString())).isEqualTo(3);
        assertThat(commands.execute("down", "--json", "--data", folder.toString()))
                .isEqualTo(3);

        assertThat(results.toString()).contains("No stack runs on " + folder).contains("\"stopped\":false");
    }

    @Test
    void anUnknownOptionIsAWrongUse() {
        assertThat(commands.execute("up", "--prot", "1")).isEqualTo(2);
        assertThat(progress.toString()).contains("--prot");
    }
}
