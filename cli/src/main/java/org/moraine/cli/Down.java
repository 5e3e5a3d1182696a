package org.moraine.cli;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.moraine.stack.RunningStack;
import org.moraine.stack.StackException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Stops the stack that another command runs. */
@Command(
        name = "down",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Stops the stack that `./moraine up` runs on a data folder, and waits until everything has ended.",
            "The data stay.",
            ""
        },
        footer = {"", "Exit code: 0 stopped; 1 it did not end; 2 wrong options; 3 no stack runs there."})
final class Down implements Callable<Integer> {

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    static final int NOT_RUNNING = 3;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final StackOptions.DataOption data = new StackOptions.DataOption();

    @Option(names = "--json", description = "Prints a JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        Output output = Output.of(spec);
        Optional<RunningStack> stack = RunningStack.in(data.folder());
        if (stack.isEmpty()) {
            say(output, false, "No stack runs on " + data.folder() + ".");
            return NOT_RUNNING;
        }
        if (!stack.get().stop(PATIENCE)) {
            throw new StackException("The stack's process, " + stack.get().owner() + ", has not ended after "
                    + PATIENCE.toSeconds() + " s.");
        }
        say(output, true, "Stopped the stack on " + data.folder() + ".");
        return 0;
    }

    private void say(Output output, boolean stopped, String text) {
        if (json) output.json(Map.of("data", data.folder().toString(), "stopped", stopped));
        else output.result(text);
    }
}
