// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IEscrow, State, Terms} from "./IEscrow.sol";

/// @title The code that all escrows share
/// @notice Each escrow is a minimal proxy (ERC-1167) with its terms behind its code: there is nothing to initialise, and nobody
/// who could upgrade, pause or empty it.
/// @dev Time decides alone: before the deadline money moves forward, from the deadline on only back, so that no order of two
/// transactions in a block can turn one into the other.
///
/// What has one recipient is paid at once, and undone as a whole if the recipient cannot be paid. What must not depend on a
/// recipient (the passing of a deadline, a decision between two parties) only becomes due, and is withdrawn.
contract Escrow is IEscrow, ReentrancyGuardTransient {
    using Address for address payable;
    using SafeERC20 for IERC20;

    /// How long the arbiter has to decide.
    uint64 public constant RESOLUTION_PERIOD = 30 days;

    /// The chain's own coin, where a token is expected.
    address private constant COIN = address(0);

    /// This contract itself, as opposed to its clones.
    address private immutable IMPLEMENTATION = address(this);

    /// @inheritdoc IEscrow
    State public state;
    /// @inheritdoc IEscrow
    uint64 public resolveBy;
    uint256 private _dueToBuyer;
    uint256 private _dueToSeller;

    /// @inheritdoc IEscrow
    function fund() external payable nonReentrant {
        Terms memory agreed = terms();
        require(msg.sender == agreed.buyer, Unauthorized(msg.sender));
        _requireState(State.Created);
        _requireBefore(agreed.deadline);
        uint256 coin = agreed.token == COIN ? agreed.amount : 0;
        require(msg.value == coin, WrongAmount(coin, msg.value));

        state = State.Funded;
        emit Funded(agreed.buyer, agreed.amount);
        if (agreed.token != COIN) {
            _pull(agreed.token, agreed.buyer, address(this), agreed.amount);
        }
    }

    /// @inheritdoc IEscrow
    function release() external nonReentrant {
        Terms memory agreed = terms();
        bool bySeller = msg.sender == agreed.seller && agreed.deliveryToken != address(0);
        require(msg.sender == agreed.buyer || bySeller, Unauthorized(msg.sender));
        _requireState(State.Funded);
        _requireBefore(agreed.deadline);

        state = State.Released;
        if (agreed.deliveryToken != address(0)) {
            emit Delivered(agreed.seller, agreed.buyer, agreed.deliveryAmount);
        }
        emit Released(agreed.seller, agreed.amount);
        _settle(agreed);
    }

    /// @inheritdoc IEscrow
    function refund() external nonReentrant {
        Terms memory agreed = terms();
        bool unpaid = state == State.Created;
        require(msg.sender == agreed.seller || (unpaid && msg.sender == agreed.buyer), Unauthorized(msg.sender));
        require(unpaid || state == State.Funded, WrongState(state));

        uint256 amount = _held(agreed);
        state = State.Refunded;
        emit Refunded(agreed.buyer, amount);
        _push(agreed.token, agreed.buyer, amount);
    }

    /// @inheritdoc IEscrow
    function expire() external nonReentrant {
        Terms memory agreed = terms();
        if (state == State.Disputed) {
            _lapse();
        }
        bool paid = state == State.Funded;
        require(paid || state == State.Created, WrongState(state));
        _requireFrom(agreed.deadline);

        state = State.Expired;
        if (paid) {
            _dueToBuyer = agreed.amount;
        }
        emit Expired();
    }

    /// @inheritdoc IEscrow
    function dispute(bytes32 reason) external nonReentrant {
        Terms memory agreed = terms();
        require(msg.sender == agreed.buyer || msg.sender == agreed.seller, Unauthorized(msg.sender));
        require(agreed.arbiter != address(0), NoArbiter());
        _requireState(State.Funded);
        _requireBefore(agreed.deadline);

        state = State.Disputed;
        resolveBy = uint64(block.timestamp) + RESOLUTION_PERIOD;
        emit Disputed(msg.sender, reason);
    }

    /// @inheritdoc IEscrow
    function resolve(uint256 toSeller, uint256 toBuyer) external nonReentrant {
        Terms memory agreed = terms();
        uint256 holding = _held(agreed);
        bool bySeller = msg.sender == agreed.seller && toSeller == 0 && toBuyer == holding;
        bool byBuyer = msg.sender == agreed.buyer && toBuyer == 0 && toSeller == holding;
        require(msg.sender == agreed.arbiter || bySeller || byBuyer, Unauthorized(msg.sender));
        _requireState(State.Disputed);
        _requireBefore(resolveBy);

        if (toSeller == 0 && toBuyer == 0) {
            // Of a holding of nothing, a party can leave nothing to the other.
            require(msg.sender == agreed.arbiter, Unauthorized(msg.sender));
            state = State.Funded;
            emit Resolved(0, 0);
            return;
        }
        require(toSeller <= holding && toBuyer == holding - toSeller, WrongSplit(holding));
        state = toSeller == 0 ? State.Refunded : State.Released;
        if (toSeller == 0 || agreed.deliveryToken == address(0)) {
            (_dueToSeller, _dueToBuyer) = (toSeller, toBuyer);
            emit Resolved(toSeller, toBuyer);
            return;
        }
        // Only for the agreed price has the seller agreed to deliver.
        require(toSeller == agreed.amount, NotDivisible());
        emit Delivered(agreed.seller, agreed.buyer, agreed.deliveryAmount);
        emit Resolved(toSeller, 0);
        _settle(agreed);
    }

    /// @inheritdoc IEscrow
    function lapse() external nonReentrant {
        terms();
        _requireState(State.Disputed);
        _lapse();
    }

    /// @inheritdoc IEscrow
    function withdraw(address account) external nonReentrant {
        Terms memory agreed = terms();
        uint256 owed = due(account);
        // If the token has taken some away, the rest is paid, and what is missing stays due.
        uint256 amount = Math.min(owed, _balance(agreed.token));
        require(amount != 0, NothingDue());

        if (account == agreed.buyer) {
            _dueToBuyer = owed - amount;
        } else {
            _dueToSeller = owed - amount;
        }
        if (state == State.Expired) {
            emit Refunded(account, amount);
        } else {
            emit Withdrawn(account, amount);
        }
        _push(agreed.token, account, amount);
    }

    /// @inheritdoc IEscrow
    function sweep(address token) external nonReentrant {
        Terms memory agreed = terms();
        uint256 kept = token == agreed.token ? _owed(agreed) : 0;
        uint256 balance = _balance(token);
        require(balance > kept, NothingDue());
        uint256 surplus = balance - kept;
        address to = token == agreed.deliveryToken && token != COIN ? agreed.seller : agreed.buyer;

        uint256 before = _balance(agreed.token);
        emit Swept(token, to, surplus);
        _push(token, to, surplus);
        // Some tokens have two addresses for the same balances.
        uint256 expected = token == agreed.token ? before - surplus : before;
        require(_balance(agreed.token) >= expected, HeldInEscrow());
    }

    /// @inheritdoc IEscrow
    function terms() public view returns (Terms memory) {
        require(address(this) != IMPLEMENTATION, NotAnEscrow());
        return abi.decode(Clones.fetchCloneArgs(address(this)), (Terms));
    }

    /// @inheritdoc IEscrow
    function due(address account) public view returns (uint256) {
        Terms memory agreed = terms();
        if (account == agreed.buyer) {
            return _dueToBuyer;
        }
        return account == agreed.seller ? _dueToSeller : 0;
    }

    /// @inheritdoc IEscrow
    function held() external view returns (uint256) {
        return _held(terms());
    }

    /// Both legs; if either fails, both are undone.
    function _settle(Terms memory agreed) private {
        if (agreed.deliveryToken != address(0)) {
            _pull(agreed.deliveryToken, agreed.seller, agreed.buyer, agreed.deliveryAmount);
        }
        uint256 before = _balanceOf(agreed.token, agreed.seller);
        _push(agreed.token, agreed.seller, agreed.amount);
        if (agreed.token != COIN) {
            uint256 received = _balanceOf(agreed.token, agreed.seller) - before;
            require(received == agreed.amount, WrongAmount(agreed.amount, received));
        }
    }

    /// Ends a dispute that nobody has decided in time.
    function _lapse() private {
        _requireFrom(resolveBy);
        state = State.Funded;
        emit Resolved(0, 0);
    }

    /// Moves tokens that were approved, and insists that all of them arrive.
    function _pull(address token, address from, address to, uint256 amount) private {
        uint256 before = IERC20(token).balanceOf(to);
        IERC20(token).safeTransferFrom(from, to, amount);
        uint256 received = IERC20(token).balanceOf(to) - before;
        require(received == amount, WrongAmount(amount, received));
    }

    /// Pays out of what this contract has.
    function _push(address token, address to, uint256 amount) private {
        if (amount == 0) {
            return;
        }
        if (token == COIN) {
            payable(to).sendValue(amount);
        } else {
            IERC20(token).safeTransfer(to, amount);
        }
    }

    /// What of the agreed money is still there: all of it, unless the token has taken some away.
    function _held(Terms memory agreed) private view returns (uint256) {
        uint256 owed = _owed(agreed);
        return owed == 0 ? 0 : Math.min(owed, _balance(agreed.token));
    }

    /// What is owed to the parties together.
    function _owed(Terms memory agreed) private view returns (uint256) {
        if (state == State.Funded || state == State.Disputed) {
            return agreed.amount;
        }
        return _dueToBuyer + _dueToSeller;
    }

    function _balance(address token) private view returns (uint256) {
        return _balanceOf(token, address(this));
    }

    function _balanceOf(address token, address account) private view returns (uint256) {
        return token == COIN ? account.balance : IERC20(token).balanceOf(account);
    }

    function _requireState(State expected) private view {
        require(state == expected, WrongState(state));
    }

    function _requireBefore(uint64 time) private view {
        require(block.timestamp < time, TooLate(time));
    }

    function _requireFrom(uint64 time) private view {
        require(block.timestamp >= time, TooEarly(time));
    }
}
