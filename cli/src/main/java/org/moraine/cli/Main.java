package org.moraine.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code ./moraine}: the demo, the local stack, and the engine's commands for people without a server. */
@Command(
        name = "moraine",
        mixinStandardHelpOptions = true,
        version = "moraine 0.1.0",
        subcommands = {
            Demo.class,
            Up.class,
            Down.class,
            Status.class,
            Train.class,
            Estimate.class,
            Generate.class,
            Score.class,
            Export.class,
            Verify.class
        },
        synopsisSubcommandLabel = "COMMAND",
        description = {
            "Fine-tunes language models with MoRA or LoRA adapters, on this machine.",
            "",
            "Start with the demo: it runs everything once, from the training file to the pulled adapter.",
            "",
            "  ./moraine demo",
            "",
            "Then start the services and use them with the clients that you have, such as `openai` and `hf`:",
            "",
            "  ./moraine up",
            "",
            "Or train without any service:",
            "",
            "  ./moraine train --base pebble --data questions.jsonl --out my-adapter",
            "  ./moraine generate --base pebble --adapter my-adapter --prompt \"What is new?\"",
            "  ./moraine export --base pebble --adapter my-adapter --as merged --out my-model",
            ""
        },
        footer = {
            "",
            "Each command explains itself: ./moraine COMMAND --help",
            "",
            "Exit codes of all commands: 0 done; 1 failed; 2 wrong options or data;",
            "3 no stack runs; 4 a part of the stack is down; 5 the checkpoints found are of another training;",
            "130 interrupted; 143 told to stop."
        })
public final class Main {

    private Main() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setExecutionExceptionHandler(new Failures())
                .setUsageHelpWidth(Math.max(60, Math.min(Integer.getInteger("moraine.columns", 100), 120)))
                .setUsageHelpLongOptionsMaxWidth(34);
    }
}
