package org.moraine.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.moraine.stack.Part;
import org.moraine.stack.RunningStack;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says of each part of a running stack how it does. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {"Says of each part of the stack on a data folder where it listens and how it does.", ""},
        footer = {
            "",
            "up: it answers and is ready; unready: it answers, but something that it needs does not work; down: no answer.",
            "Exit code: 0 all parts are up; 2 wrong options; 3 no stack runs there; 4 a part is unready or down."
        })
final class Status implements Callable<Integer> {

    private static final int NOT_ALL_UP = 4;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final StackOptions.DataOption data = new StackOptions.DataOption();

    @Option(names = "--json", description = "Prints a JSON object.")
    private boolean json;

    /** How a part does. */
    private record Line(String part, String address, String health) {}

    /** What {@code --json} says. */
    private record Report(
            String data,
            boolean running,
            @JsonProperty("jobs_url") String jobsUrl,
            @JsonProperty("registry_url") String registryUrl,
            List<Line> parts) {}

    @Override
    public Integer call() {
        Output output = Output.of(spec);
        Optional<RunningStack> stack = RunningStack.in(data.folder());
        if (stack.isEmpty()) {
            if (json) output.json(Map.of("data", data.folder().toString(), "running", false));
            else output.result("No stack runs on " + data.folder() + ". Start one with `./moraine up`.");
            return Down.NOT_RUNNING;
        }
        List<Line> lines = lines(stack.get());
        if (json) {
            output.json(new Report(
                    data.folder().toString(),
                    true,
                    stack.get().jobsUrl(),
                    stack.get().registryUrl(),
                    lines));
        } else {
            for (Line line : lines) {
                output.result(String.format(Locale.ROOT, "%-17s %-16s %s", line.part, line.address, line.health));
            }
        }
        return lines.stream().allMatch(line -> line.health.equals("up")) ? 0 : NOT_ALL_UP;
    }

    private static List<Line> lines(RunningStack stack) {
        List<Line> lines = new ArrayList<>();
        for (Part part : Part.values()) {
            lines.add(new Line(
                    part.word(),
                    "127.0.0.1:" + stack.port(part),
                    stack.health(part).name().toLowerCase(Locale.ROOT)));
        }
        return lines;
    }
}
