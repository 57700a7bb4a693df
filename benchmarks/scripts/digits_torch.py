"""Training on the digits in PyTorch: nn.Sequential, torch.optim and a loop over mini-batches."""

import torch
from torch import nn

from benchmarks.scripts.digits import BATCH, EPOCHS, MOMENTUM, RATE, WIDTHS, Data, Told, script


def network() -> nn.Sequential:
    """Draw the network, in float64 as yann has it."""
    first, second, third, last = WIDTHS
    linears = nn.Linear(first, second), nn.Linear(second, third), nn.Linear(third, last)
    for linear in linears:
        nn.init.kaiming_normal_(linear.weight)
        nn.init.zeros_(linear.bias)
    return nn.Sequential(linears[0], nn.ReLU(), linears[1], nn.ReLU(), linears[2]).double()


def train(data: Data) -> Told:
    """Train from the first draw to the last epoch."""
    torch.manual_seed(0)
    X, Y, X_test, Y_test = (torch.from_numpy(data[name]) for name in ("X", "Y", "X_test", "Y_test"))
    model, criterion, told = network(), nn.CrossEntropyLoss(), []
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(X)).split(BATCH):
            optimizer.zero_grad()
            logits = model(X[chosen])
            loss = criterion(logits, Y[chosen])
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            tested = model(X_test)
            row = {
                "loss": loss.item(),
                "accuracy": (logits.argmax(dim=1) == Y[chosen]).double().mean().item(),
                "test_loss": criterion(tested, Y_test).item(),
                "test_accuracy": (tested.argmax(dim=1) == Y_test).double().mean().item(),
            }
        linears = (layer for layer in model if isinstance(layer, nn.Linear))
        told.append(
            row | {f"dW{at}_rms": linear.weight.grad.square().mean().sqrt().item() for at, linear in enumerate(linears, 1)}
        )
    return told


if __name__ == "__main__":
    script(train)
