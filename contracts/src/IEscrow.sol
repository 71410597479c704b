// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// What the parties agree on. An escrow's address follows from its terms, so they cannot change.
/// Amounts are in base units of their token.
struct Terms {
    /// The order that it settles, as numbered off the chain.
    bytes32 orderId;
    /// Who pays, and gets back whatever is not paid to the seller.
    address buyer;
    /// Who is paid: a seller, or the issuer of a fund.
    address seller;
    /// Who decides disputes; zero if there is nobody, and so no disputes.
    address arbiter;
    /// What is paid in: an ERC-20 token, or zero for the chain's own coin.
    address token;
    /// How much is paid in; never zero.
    uint256 amount;
    /// Seconds of Unix time. Until then the money can be paid in and released; from then on it can only go back.
    uint64 deadline;
    /// What the seller delivers against payment: an ERC-20 or ERC-3643 token, or zero if nothing is delivered on this chain.
    address deliveryToken;
    /// How much is delivered; zero if, and only if, there is no delivery token.
    uint256 deliveryAmount;
}

/// Where an escrow is. The last three are final.
enum State {
    /// Nothing has been paid in.
    Created,
    /// It holds the amount.
    Funded,
    /// It holds the amount, and waits for the arbiter.
    Disputed,
    /// The seller has been paid, at least in part.
    Released,
    /// The money belongs to the buyer again.
    Refunded,
    /// The deadline has passed, and the money belongs to the buyer again.
    Expired
}

/// @title One settlement: money that waits until it is released to the seller or goes back to the buyer
/// @notice Nobody else can be paid: not the arbiter, not the factory, nor anybody who calls.
interface IEscrow {
    /// The buyer has paid in the agreed amount.
    event Funded(address indexed from, uint256 amount);
    /// The seller has been paid.
    event Released(address indexed to, uint256 amount);
    /// The buyer has been repaid.
    event Refunded(address indexed to, uint256 amount);
    /// The deadline has passed. What is held is returned by `Refunded`, when it is withdrawn.
    event Expired();
    /// A party has called the arbiter.
    event Disputed(address indexed by, bytes32 reason);
    /// A dispute has ended: the money is now due in these parts. Both zero: it was dismissed, or nobody decided in time.
    event Resolved(uint256 toSeller, uint256 toBuyer);

    /// The seller's tokens have gone to the buyer, in the transaction that pays the seller.
    event Delivered(address indexed from, address indexed to, uint256 amount);
    /// A part that `Resolved` has made due has been paid out.
    event Withdrawn(address indexed to, uint256 amount);
    /// What had come in beside the agreed amount has been passed on. Never part of the settlement.
    event Swept(address indexed token, address indexed to, uint256 amount);

    /// The caller may not do this, or not now.
    error Unauthorized(address caller);
    /// This cannot be done in the present state.
    error WrongState(State state);
    /// The deadline has passed.
    error TooLate(uint64 deadline);
    /// The time for this has not come yet.
    error TooEarly(uint64 notBefore);
    /// Another amount has arrived than was agreed: too little or too much, or less a fee.
    error WrongAmount(uint256 expected, uint256 received);
    /// The two parts are not what the escrow holds.
    error WrongSplit(uint256 held);
    /// Where something is delivered, the seller gets the whole price or nothing.
    error NotDivisible();
    /// The terms name no arbiter.
    error NoArbiter();
    /// Nothing is due.
    error NothingDue();
    /// The agreed money may not be swept.
    error HeldInEscrow();
    /// This contract holds the code only; each escrow is a clone of it.
    error NotAnEscrow();

    /// @notice Pays in the agreed amount. Callable by the buyer, before the deadline.
    /// @dev A token must have been approved; the chain's own coin is sent along.
    function fund() external payable;

    /// @notice Pays the seller and, where something is delivered, hands the seller's tokens to the buyer: both or neither.
    /// Callable by the buyer; where something is delivered, also by the seller. Before the deadline.
    function release() external;

    /// @notice Returns the money. Callable by the seller; as long as nothing has been paid in, also by the buyer.
    function refund() external;

    /// @notice Ends an escrow whose deadline has passed. Callable by anybody.
    function expire() external;

    /// @notice Calls the arbiter. Callable by the buyer and the seller, before the deadline.
    /// @param reason Hash or short text of the reason.
    function dispute(bytes32 reason) external;

    /// @notice Divides what is held, or dismisses the dispute by two zeros. Callable by the arbiter; also by a party that leaves
    /// everything to the other one.
    function resolve(uint256 toSeller, uint256 toBuyer) external;

    /// @notice Dismisses a dispute that the arbiter has not decided in time. Callable by anybody.
    function lapse() external;

    /// @notice Pays what is due to the buyer or the seller. Callable by anybody.
    function withdraw(address account) external;

    /// @notice Passes on what has come in beside the agreed amount: the delivery token to the seller, anything else to the buyer.
    /// Callable by anybody.
    /// @param token The token; zero for the chain's own coin.
    function sweep(address token) external;

    /// @notice The agreed terms.
    function terms() external view returns (Terms memory);

    /// @notice Where the escrow is.
    function state() external view returns (State);

    /// @notice Until when the arbiter may decide, in seconds of Unix time; of no meaning unless the state is `Disputed`.
    function resolveBy() external view returns (uint64);

    /// @notice What `withdraw` would owe to an account.
    function due(address account) external view returns (uint256);

    /// @notice What the escrow holds of the agreed money.
    function held() external view returns (uint256);
}
